// `npm test`: installs what is missing, then runs every check there is and counts the results.
import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { commandLine, packageFolders, prepare, root, run, say, seconds } from './workspace.mjs';

// Types: everything at once, and core without its further methods. What packages publish is checked against what a page has by their
// builds, as `check:types` of each does where nothing is built.
const types = ['//#check:types', '@rushlight/core#check:types'];
const checks = ['check:format', 'check:lint', 'check:imports', ...types, 'check:unused', 'check:docs'];
/** Whose tests run once more on what was built: those that go through all packages, as their users see them. */
const throughAll = ['rushlight', '@rushlight/cli'];
const started = Date.now();
const count = { passed: 0, skipped: 0 };
/** What failed, told again at the end: what comes before is thousands of lines. */
const failures = [];

if (prepare()) runEverything();
else fail('installation', 'see above');

for (const failure of failures) console.error(`rushlight: FAILED ${failure}`);
say(`done in ${seconds(started)}`);
const skipped = count.skipped > 0 ? `, ${count.skipped} skipped` : '';
console.log(`${count.passed} passed, ${failures.length} failed${skipped}`);
process.exitCode = failures.length > 0 ? 1 : 0;

function runEverything() {
  for (const folder of packageFolders) rmSync(join(root, folder, '.reports'), { recursive: true, force: true });

  say('format, lint, import directions, types, unused code, reference; build and package checks; tests');
  const failed = runTasks([...checks, 'build', 'check:package', 'test', 'test:installed'], 'source');

  if (failed.some((task) => task.endsWith('#build'))) {
    fail('tests of what was built', 'not run, the build failed');
  } else {
    say(`tests of what was built: ${throughAll.join(', ')}`);
    runTasks(['test', ...throughAll.map((name) => `--filter=${name}`)], 'built', { TEST_BUILT: '1' });
    checkOwnNode();
    run('node', [join(root, 'scripts', 'size.mjs')]);
  }
}

/** Runs tasks through turbo, counts them, and returns the ids of those that failed. */
function runTasks(names, report, env) {
  const summaries = join(root, '.turbo', 'runs');
  rmSync(summaries, { recursive: true, force: true });
  const finished = run(
    'turbo',
    ['run', ...names, '--continue=dependencies-successful', '--summarize', '--concurrency=2'],
    { env },
  );
  const [summary] = existsSync(summaries) ? readdirSync(summaries) : [];
  if (!summary) {
    fail('turbo', 'it stopped before it ran anything');
    return [];
  }
  const { tasks } = JSON.parse(readFileSync(join(summaries, summary), 'utf8'));
  const real = tasks.filter((task) => task.command !== '<NONEXISTENT>');
  const failed = real.filter((task) => !countTask(task, report)).map((task) => task.taskId);
  if (!finished && failed.length === 0) fail('turbo', 'it reported a failure that no task accounts for');
  return failed;
}

/** Adds a task's results to the count: each test of a test task, one for any other. */
function countTask({ taskId, task, directory, execution }, report) {
  const ok = execution?.exitCode === 0;
  if (task.startsWith('test')) {
    const tests = readReport(join(root, directory, '.reports', `${report}.json`));
    count.passed += tests.passed;
    count.skipped += tests.skipped;
    for (const what of tests.failed) fail(taskId, what);
    if (!ok && tests.failed.length === 0) fail(taskId, 'ended with an error');
    if (ok && tests.passed === 0 && report === 'source') fail(taskId, 'ran no test');
  } else if (ok) {
    count.passed += 1;
  } else {
    fail(taskId, execution ? 'see above' : 'not run, something it needs failed');
  }
  return ok;
}

/** Reads what vitest left; a suite that could not even be loaded counts as one failure. */
function readReport(path) {
  if (!existsSync(path)) return { passed: 0, skipped: 0, failed: [] };
  const { numPassedTests, numPendingTests, numTodoTests, testResults } = JSON.parse(readFileSync(path, 'utf8'));
  const failed = testResults.flatMap((suite) => {
    const tests = suite.assertionResults.filter((test) => test.status === 'failed');
    if (suite.status === 'failed' && tests.length === 0) return [`${suite.name} could not be loaded: ${suite.message}`];
    return tests.map(({ fullName, failureMessages }) => {
      const lines = failureMessages.flatMap((message) => message.split('\n'));
      return [fullName, ...lines.filter((line) => !line.includes('/node_modules/'))].join('\n');
    });
  });
  return { passed: numPassedTests, skipped: numPendingTests + numTodoTests, failed };
}

/** The tools run in the workspace's Node 24; what we publish has to load in the one that runs this script, too. */
function checkOwnNode() {
  if (run(process.execPath, [commandLine(), '--help'], { quiet: true })) count.passed += 1;
  else fail('rushlight --help', `ended with an error on Node ${process.version}`);
}

function fail(where, what) {
  failures.push(`${where}: ${what}`);
}
