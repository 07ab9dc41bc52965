import { expect, test, vi } from 'vitest';

test('the example runs, and learns', async () => {
  const lines: string[] = [];
  const log = vi.spyOn(console, 'log').mockImplementation((line: string) => void lines.push(line));
  await import('./index.ts');
  log.mockRestore();

  expect(lines[0]).toMatch(/^Cross-entropy of random logits: [12]\.\d{4}$/);
  const losses = lines.flatMap(
    (line) => /^Train Epoch: \d \[\d+\/640 \(\d+%\)\]\tLoss: (\d\.\d{6})$/.exec(line)?.[1] ?? [],
  );
  expect(losses).toHaveLength(12);
  expect(Number(losses.at(-1))).toBeLessThan(Number(losses[0]));
  const right = Number(/^Accuracy: (\d+)\/640$/.exec(lines.at(-1) ?? '')?.[1]);
  expect(right / 640).toBeGreaterThan(0.9);
});
