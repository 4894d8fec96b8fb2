import { translated } from '@ponte/contracts'

/** A command line follows each. */
export const npmTexts = translated({
  en: {
    kept: (options: string): string =>
      `npm took ${options} for itself, and the command would run without. Nothing was done. Write:`,
    'own-lines': (_options: string): string =>
      'npm writes lines of its own before this output. Nothing was done. Write:',
  },
  'pt-BR': {
    kept: options => `O npm ficou com ${options}, e o comando rodaria sem isso. Nada foi feito. Escreva:`,
    'own-lines': _options => 'O npm escreve linhas próprias antes desta saída. Nada foi feito. Escreva:',
  },
})
