/** A word without case and accents: how words are compared. A long text of combining marks takes minutes: bound what others send. */
export const foldWord = (word: string): string =>
  word
    .normalize('NFD')
    .replaceAll(/\p{M}+/gu, '')
    .toLowerCase()
