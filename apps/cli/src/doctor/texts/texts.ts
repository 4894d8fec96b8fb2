import { bilingual } from '../../texts/bilingual.ts'
import { en } from './en.ts'
import { ptBr } from './pt-br.ts'

export const doctorTexts = bilingual({ en, 'pt-BR': ptBr })
