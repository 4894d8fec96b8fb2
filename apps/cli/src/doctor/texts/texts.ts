import { translated } from '@ponte/contracts'
import { en } from './en.ts'
import { ptBr } from './pt-br.ts'

export const doctorTexts = translated({ en, 'pt-BR': ptBr })
