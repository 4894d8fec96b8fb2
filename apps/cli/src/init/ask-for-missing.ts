import { holdsReference } from '@ponte/runtime'
import type { Session } from '../session.ts'
import { canBeWritten, fillValue } from './env-file.ts'
import { type Files, missingIn, type Missing } from './plan-files.ts'
import { setAt } from './tenants-text.ts'

/** What the terminal may show is asked as a line, everything else as a secret. Only a password may begin or end with a space. */
const questions = [
  { ending: '_RD_CLIENT_ID', question: 'rdClientId', isSecret: false },
  { ending: '_RD_CLIENT_SECRET', question: 'rdClientSecret', isSecret: true },
  { ending: '_CRM_USERNAME', question: 'crmUsername', isSecret: false },
  { ending: '_CRM_PASSWORD', question: 'crmPassword', isSecret: true },
  { ending: '.totvsCrm.tenant', question: 'crmTenant', isSecret: false },
  { ending: '.totvs_crm_default_user', question: 'defaultUser', isSecret: false },
] as const

/** Asks for what is missing, one by one. An empty answer leaves it missing, and nothing is asked where nobody can answer. */
export async function askForMissing(files: Files, session: Session): Promise<Files> {
  if (session.questions === undefined) return files
  let filled = files
  for (const missing of missingIn(files, session.env)) filled = await askFor(missing, filled, session)
  return filled
}

async function askFor({ file, name }: Missing, files: Files, { questions: ask, texts }: Session): Promise<Files> {
  const known = questions.find(({ ending }) => name.endsWith(ending))
  const message = known === undefined ? name : texts.init.ask[known.question]
  const isSetting = file === 'ponte.config.yaml'
  const isRight = (answer: string): true | string => {
    if (isSetting && holdsReference(answer)) return texts.init.noReference
    return canBeWritten(answer.trim()) || texts.init.cannotBeWritten
  }
  if (ask === undefined) return files
  const typed =
    known?.isSecret === false
      ? await ask.line(message, { isRight })
      : await askSecret(() => ask.secret(message), isRight)
  const answer = known?.question === 'crmPassword' ? typed : typed.trim()
  if (answer === '') return files
  const text = files[file]
  return {
    ...files,
    [file]: isSetting ? setAt(text, name.split('.'), answer) : fillValue(text, name, answer),
  }

  async function askSecret(again: () => Promise<string>, check: typeof isRight): Promise<string> {
    const secret = await again()
    return check(secret) === true ? secret : askSecret(again, check)
  }
}
