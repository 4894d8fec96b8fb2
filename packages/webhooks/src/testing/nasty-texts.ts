/**
 * The length of each text, about, in UTF-16 units. It is enough to notice anything that takes more than linear time, and harmless
 * otherwise.
 */
const LENGTH = 32 * 1024

const repeated = (text: string): string => text.repeat(Math.floor(LENGTH / text.length))

/** Texts that are the most expensive for regular expressions, Unicode's normal forms, decoders and comparisons. */
export const nastyTexts: Readonly<Record<string, string>> = {
  'spaces before a letter': `${repeated(' ')}x`,
  'spaces after a letter': `x${repeated(' ')}`,
  'line breaks and tabs': `${repeated('\n\t\r ')}x`,
  'combining marks of two classes': `a${repeated('\u0301\u0316')}`,
  'a padding of base64': `encoded_${repeated('=')}x`,
  'a padding that is percent-coded': `encoded_${repeated('%3D')}x`,
  humps: repeated('aA'),
  'nearly an address': `${repeated('a.a.a@')}.`,
  'a host that does not end': `a@${repeated('a-')}.`,
  'digits and marks': `${repeated('1 (')}x`,
  'dashes in words': `${repeated('a-1_')}@`,
  'JSON that does not end': repeated('{"a":['),
  'quotes and brackets': repeated('"<\\\\'),
  'emoji that are joined': repeated('👩‍👩‍👧‍👦'),
}

/** A text of the same length, as a person writes. */
export const plainText = repeated('Maria da Silva escreve ')
