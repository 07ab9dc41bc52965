// Two rhymes to learn from, one in each language: so regular that a small model is at home in them within a minute.

import type { Texts } from '../../state/language.ts';

const english = [
  ['Who lights the lamp when the day is done?', 'I, says the daughter, one by one.'],
  ['Who rings the bell when the tide is high?', 'I, says the wind, as I hurry by.'],
  ['Who mends the net when the net is torn?', 'I, says the spider, before the morn.'],
  ['Who bakes the bread when the fire is red?', 'I, says the baker, and so to bed.'],
  ['Who grinds the corn when the corn is gold?', 'I, says the mill, for the mill is old.'],
  ['Who wakes the house when the house is still?', 'I, says the cock on the windowsill.'],
  ['Who digs the field when the field is wet?', 'I, says the mole, and I am not done yet.'],
  ['Who counts the stars when the sky is clear?', 'I, says the owl, and I count them here.'],
  ['Who sails the boat when the moon is round?', 'I, says the boy, and I make no sound.'],
  ['Who reads the book when the snow is deep?', 'I, says the cat, till I fall asleep.'],
  ['Who picks the pears when the pears are sweet?', 'I, says the wasp, for I like to eat.'],
  ['Who shuts the gate when the sheep are in?', 'I, says the dog, with a shake of my chin.'],
  ['Who spins the wool when the wool is white?', 'I, says the wheel, by the candlelight.'],
  ['Who paints the hill when the hill is grey?', 'I, says the frost, at the break of day.'],
  ['Who hums the tune when the tune is slow?', 'I, says the bee, where the foxgloves grow.'],
  ['Who stirs the pot when the pot is hot?', 'I, says the spoon, for I stir the lot.'],
  ['Who finds the ring when the ring is lost?', 'I, says the crow, and I mind the cost.'],
  ['Who guards the door when the door is wide?', 'I, says the goose, and I stay outside.'],
  ['Who tells the tale when the tale is long?', 'I, says the brook, and I make it a song.'],
  ['Who dims the lamp when the night is through?', 'I, says the sun, and I wake you too.'],
];

const chinese = [
  ['谁来点灯，天黑的时候？', '我来，女儿说，一盏又一盏。'],
  ['谁来敲钟，涨潮的时候？', '我来，海风说，一阵又一阵。'],
  ['谁来补网，网破的时候？', '我来，蜘蛛说，一针又一针。'],
  ['谁来烤饼，火红的时候？', '我来，师傅说，一炉又一炉。'],
  ['谁来磨面，麦黄的时候？', '我来，水车说，一圈又一圈。'],
  ['谁来叫早，天亮的时候？', '我来，公鸡说，一声又一声。'],
  ['谁来松土，雨后的时候？', '我来，鼹鼠说，一寸又一寸。'],
  ['谁来数星，夜晴的时候？', '我来，夜鹰说，一颗又一颗。'],
  ['谁来划船，月圆的时候？', '我来，男孩说，一桨又一桨。'],
  ['谁来读书，雪深的时候？', '我来，小猫说，一页又一页。'],
  ['谁来摘梨，梨熟的时候？', '我来，黄蜂说，一个又一个。'],
  ['谁来关门，羊归的时候？', '我来，小狗说，一道又一道。'],
  ['谁来纺线，毛白的时候？', '我来，纺车说，一团又一团。'],
  ['谁来画山，秋深的时候？', '我来，白霜说，一片又一片。'],
  ['谁来唱歌，花开的时候？', '我来，蜜蜂说，一朵又一朵。'],
  ['谁来搅汤，锅热的时候？', '我来，勺子说，一碗又一碗。'],
  ['谁来寻针，针丢的时候？', '我来，乌鸦说，一回又一回。'],
  ['谁来守夜，人睡的时候？', '我来，白鹅说，一更又一更。'],
  ['谁来讲古，茶香的时候？', '我来，小溪说，一段又一段。'],
  ['谁来吹灯，梦醒的时候？', '我来，太阳说，一天又一天。'],
];

const rhyme = (verses: readonly (readonly string[])[], refrain: string): string =>
  verses.map((lines) => `${lines.join('\n')}\n${refrain}\n\n`).join('');

export const examples: Texts<string> = {
  en: rhyme(
    english,
    'Round goes the wheel, and round goes the year,\nand the rushlight burns while the night is near.',
  ),
  zh: rhyme(chinese, '轮子转呀转，一年又一年，\n灯草亮着，守在夜的前面。'),
};
