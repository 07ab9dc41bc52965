// Texts in columns of a terminal, which gives two of them to a character of East Asia.

const wide = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Emoji_Presentation}]/u;

/** How many columns a text takes. */
export const columnsOf = (text: string): number =>
  Array.from(text).reduce((sum, character) => sum + (wide.test(character) ? 2 : 1), 0);

export const padEnd = (text: string, columns: number): string => text + blanks(columns - columnsOf(text));

export const padStart = (text: string, columns: number): string => blanks(columns - columnsOf(text)) + text;

/** The beginning of a text, of so many columns or fewer. */
export function clip(text: string, columns: number): string {
  const characters = Array.from(text);
  while (columnsOf(characters.join('')) > columns) characters.pop();
  return characters.join('');
}

const blanks = (count: number): string => ' '.repeat(Math.max(0, count));
