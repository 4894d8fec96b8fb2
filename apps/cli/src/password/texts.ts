import { translated } from '@ponte/contracts'

export const passwordTexts = translated({
  en: {
    description: 'make the hash of a password for BOARD_ACCOUNTS; reads it from stdin, or hidden from the terminal',
    prompt: 'Password:',
    noArgument: 'Do not pass a password as an argument: shell histories keep arguments.',
    tooShort: (least: number) => `A password needs at least ${least} characters.`,
  },
  'pt-BR': {
    description:
      'gera o hash de uma senha para o BOARD_ACCOUNTS; lê a senha da entrada padrão ou, sem mostrá-la, do terminal',
    prompt: 'Senha:',
    noArgument: 'Não passe uma senha como argumento: os históricos do shell guardam argumentos.',
    tooShort: least => `Uma senha precisa de ao menos ${least} caracteres.`,
  },
})
