// What stands for a value that is not there: what pandas takes, and the marks of older files.

const marks = ['', '#N/A', '#N/A N/A', '#NA', '<NA>', 'N/A', 'NA', 'NaN', '-NaN', 'null', '?', '-'];
/** Only as Python writes it: `none` is a category of its own in many tables. */
const python = 'None';

/** Whether a text, without blanks around, is one of the usual marks, or of those that are given; in upper or lower case. */
export function missingMarks(given?: readonly string[]): (text: string) => boolean {
  const known = new Set((given ?? marks).map((mark) => mark.trim().toLowerCase()));
  return (text) => known.has(text.toLowerCase()) || (!given && text === python);
}
