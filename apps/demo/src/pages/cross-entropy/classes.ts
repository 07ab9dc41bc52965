import type { Texts } from '../../state/language.ts';

/** What is told apart in the article's figures. */
export const classNames: Texts<readonly string[]> = {
  en: ['cat', 'dog', 'owl', 'fish', 'fox', 'bee'],
  zh: ['猫', '狗', '猫头鹰', '鱼', '狐狸', '蜜蜂'],
};
