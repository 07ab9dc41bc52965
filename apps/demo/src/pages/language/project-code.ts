// The program of what the page shows: its own model, as it is, and the loop around it.

import type { LanguageConfig, LanguageSettings } from './job.ts';
import model from './model.ts?raw';
import reading from './reading.ts?raw';

/** A text longer than this is read from a file instead of standing in the program. */
const mostQuoted = 5000;

/** So many different characters are all told apart. */
const fewCharacters = 500;

const quoted = (text: string): string => `\`${text.replaceAll(/[\\`]|\$\{/g, (found) => `\\${found}`)}\``;

/** A file without what it imports and exports. */
const bare = (source: string): string =>
  source
    .replace(/^\/\/.*\n\n/, '')
    .replaceAll(/^import .*\n\n?/gm, '')
    .replaceAll(/^export /gm, '');

export function projectCode(config: LanguageConfig, { lr, prompt, temperature }: LanguageSettings): string {
  const { text, context, width, layers, heads, batchSize, seed } = config;
  const isQuoted = text.length <= mostQuoted;
  // Few characters need no care for rare ones.
  const isSimple = isQuoted && new Set(text).size <= fewCharacters;
  const begin = [...prompt].filter((character) => text.includes(character)).join('');
  return `${isQuoted ? '' : "import { readFileSync } from 'node:fs';\n"}import {
  arange, data, Generator, manualSeed, nn, noGrad, ones, optim, tensor, train, triu, useBackend, type Tensor,
} from 'rushlight';

${bare(model)}${isSimple ? '' : `\n${bare(reading)}`}
const text = ${isQuoted ? quoted(text) : "readFileSync('text.txt', 'utf8')"};

await useBackend('auto');
manualSeed(${seed});
${isSimple ? 'const tokenizer = data.text.CharTokenizer.fit(text);\nconst tokens = tokenizer.encode(text);' : 'const { tokenizer, tokens } = read(text);'}
const characters = tokenizer.vocabSize;
const model = new CharTransformer({ characters, context: ${context}, width: ${width}, layers: ${layers}, heads: ${heads} });
const dataset = new data.text.SequenceDataset(tokens, ${context}, { stride: 8, randomOffset: true });
const trainer = new train.Trainer({
  model,
  criterion: (output, target) => nn.functional.crossEntropy(output.reshape([-1, characters]), target.reshape([-1])),
  optimizer: new optim.AdamW(model.parameters(), { lr: ${lr} }),
  trainLoader: new data.DataLoader(dataset, { batchSize: ${batchSize}, shuffle: true }),
  clipGradNorm: 1,
});

const begin = ${begin ? `tokenizer.encode(${JSON.stringify(begin)})` : 'tokens.slice(0, 1)'};
for await (const event of trainer.run(1000)) {
  if (event.kind !== 'step' || event.step % 100 !== 0) continue;
  const generator = new Generator().manualSeed(${seed});
  const written = await write(model, begin, { length: 150, temperature: ${temperature}, generator });
  console.log(event.step, await event.loss.item(), tokenizer.decode(written));
  if (event.step >= 2000) break;
}
`;
}
