import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { repositoryRoot } from '@ponte/testbed'
import { expect, test } from 'vitest'

/** Whoever has to keep more in mind reads the sentence twice. */
const mostWords = 35

/** What a changelog says of a version stays as it is. */
const exempt = new Set(['CHANGELOG.md'])

const documents = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard', '*.md'], {
  cwd: repositoryRoot,
})
  .toString()
  .split('\n')
  .filter(file => file !== '' && !exempt.has(file) && existsSync(path.join(repositoryRoot, file)))

test.each(documents)('%s has no sentence of more than 35 words', file => {
  expect(longSentencesOf(readFileSync(path.join(repositoryRoot, file), 'utf8'))).toEqual([])
})

const words = (count: number): string => Array.from({ length: count }, (_, index) => `word${index}`).join(' ')

test.each([
  `${words(36)}.`,
  `Short. A ${words(35)}.`,
  `- ${words(20)}\n  ${words(16)}.`,
  `| ${words(36)} | short |`,
  `${words(20)} [${words(10)}](page.md#${words(1)}) **${words(6)}**.`,
  `${words(20)}, e.g. ${words(16)}.`,
  `${words(20)}; ${words(16)}.`,
])('%s is too long', text => {
  expect(longSentencesOf(text)).toHaveLength(1)
})

test.each([
  `${words(35)}.`,
  `${words(20)}. A ${words(20)}? (A ${words(20)}.) "A ${words(20)}." \`code\` ${words(20)}.`,
  `${words(20)}:\n\n- ${words(20)}\n- ${words(20)}\n  1. ${words(20)}`,
  `| ${words(20)} | ${words(20)} |`,
  `\`\`\`\n${words(40)}\n\`\`\``,
  `Tests: ${words(40)}`,
  `${words(34)} \`${words(9)}\`.`,
])('%s is short enough', text => {
  expect(longSentencesOf(text)).toEqual([])
})

/** The sentences of a document that are too long. Code counts as one word, a link as its text, a cell or an item by itself. */
function longSentencesOf(markdown: string): string[] {
  return markdown
    .replaceAll(/^```[\s\S]*?^```$|<!--[\s\S]*?-->|^\[[^\]]+\]: .*$|^Tests: .*$/gm, '')
    .split(/\n\s*\n|^(?= *(?:[-*]|\d+\.) )|^#.*$|^(?=\|)|\|/m)
    .flatMap(sentencesOf)
    .filter(sentence => sentence.split(' ').filter(word => /[\p{L}\d]/u.test(word)).length > mostWords)
}

const sentencesOf = (block: string): string[] =>
  block
    .replaceAll(/`[^`]*`/g, 'CODE')
    .replaceAll(/!?\[([^\]]*)\](?:\([^)]*\)|\[[^\]]*\])/g, '$1')
    .replaceAll(/[*_]{1,2}/g, '')
    .replaceAll(/\s+/g, ' ')
    .trim()
    .split(/(?<=[.!?…][)"']?) (?=[^\p{Ll}])(?<!\b(?:e\.g|i\.e|etc|ex)\. )/u)
