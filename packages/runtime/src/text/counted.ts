const rules = { en: new Intl.PluralRules('en'), 'pt-BR': new Intl.PluralRules('pt-BR') } as const

/** `1 evento`, `2 eventos`: a number with the form of the word, or of the whole sentence after it, that the language wants. */
export const counted = (language: keyof typeof rules, count: number, one: string, other: string): string =>
  `${count} ${rules[language].select(count) === 'one' ? one : other}`
