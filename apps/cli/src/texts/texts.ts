import type { Language } from '@ponte/contracts'
import { connectTexts } from '../connect/texts.ts'
import { doctorTexts } from '../doctor/texts/texts.ts'
import { eraseTexts } from '../erase/erase-texts.ts'
import { forgetTenantTexts } from '../erase/forget-tenant-texts.ts'
import { failuresTexts } from '../failures/texts.ts'
import { keyTexts } from '../keys/texts.ts'
import { passwordTexts } from '../password/texts.ts'
import { previewTexts } from '../preview/texts.ts'
import { reportTexts } from '../report/texts.ts'
import { sendTexts } from '../send/texts.ts'
import { statusTexts } from '../status/texts.ts'
import { helpTexts } from './help-texts.ts'
import { errorTexts } from './error-texts.ts'

const textsIn = (language: Language) => ({
  help: helpTexts[language],
  errors: errorTexts[language],
  doctor: doctorTexts[language],
  status: statusTexts[language],
  connect: connectTexts[language],
  send: sendTexts[language],
  preview: previewTexts[language],
  failures: failuresTexts[language],
  report: reportTexts[language],
  password: passwordTexts[language],
  erase: eraseTexts[language],
  forgetTenant: forgetTenantTexts[language],
  keys: keyTexts[language],
})

/** Everything that the command line says, in one language. */
export type Texts = ReturnType<typeof textsIn>

export const textsOf: Readonly<Record<Language, Texts>> = { en: textsIn('en'), 'pt-BR': textsIn('pt-BR') }
