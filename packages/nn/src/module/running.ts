// The forwards that are running, outermost first. A layer that no module shows, because a #private field or a local
// variable holds it, would silently never train or never hear of eval(): calling it inside a forward is noticed here.

import { isGradEnabled } from '@rushlight/core';
import { hasModes, isModule, itemsOf, members, walk, wasSeen } from './members.ts';
import { ModuleError } from './module-error.ts';
import type { Module } from './module.ts';

interface Running {
  readonly module: Module;
  readonly args: readonly unknown[];
}

let running: Running[] = [];

/** Runs the forward of a module. Throws ModuleError if it runs inside that of another which does not know it. */
export function runForward<A extends readonly unknown[]>(module: Module<A>, args: A): unknown {
  if (running.length > 0) checkShown(module);
  const stack = running;
  stack.push({ module, args });
  try {
    return module.forward(...args);
  } finally {
    stack.pop();
  }
}

/** Runs a hook, which may call any module: it is no part of the forward that it looks at. */
export function outsideOfForwards<T>(hook: () => T): T {
  const outer = running;
  running = [];
  try {
    return hook();
  } finally {
    running = outer;
  }
}

function checkShown(module: Module): void {
  if (wasSeen(module) || !mustBeShown(module)) return;
  // Whoever is running may be the one that shows it, or has got it as an argument.
  for (const { module: outer, args } of running) {
    walk(outer);
    if (wasSeen(module) || args.some((arg) => shows(arg, module))) return;
  }
  const parent = running.at(-1)?.module.constructor.name ?? 'Module';
  throw new ModuleError(
    parent,
    `its forward calls ${module}, which no module shows: a #private field or a variable holds it, so parameters(), ` +
      'stateDict() and eval() miss it. Make it a public field, or register it with registerModule(name, layer); ' +
      'if another optimizer trains it, call its parameters() before.',
  );
}

function mustBeShown(module: Module): boolean {
  const isTrained = (part: Module): boolean => part[members]().parameters.some(([, p]) => p.requiresGrad);
  return walk(module).some(([, part]) => part[hasModes] || (isGradEnabled() && isTrained(part)));
}

function shows(arg: unknown, module: Module): boolean {
  const given = isModule(arg) ? [arg] : itemsOf(arg).filter(isModule);
  return given.some((candidate) => candidate === module || walk(candidate).some(([, part]) => part === module));
}
