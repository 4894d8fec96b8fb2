import type { CrmVariables, Language } from '@ponte/contracts'
import { createPrintable } from '../terminal/printable.ts'
import type { Questions } from '../terminal/questions.ts'
import type { Texts } from '../texts/texts.ts'
import { chooseVariables, type CrmContent } from './choose-variables.ts'
import { explainReason, type Finding, type VariableName } from './findings.ts'

const printable = createPrintable(false)

/** A stage can be chosen only once its pipeline is known. */
const firstAsked: VariableName = 'totvs_crm_pipeline'

/** Asks the person at the terminal for each variable that is ambiguous. One that the person leaves open stays so. */
export async function chooseByHand(
  content: CrmContent,
  variables: CrmVariables,
  { questions, texts, language }: { questions: Questions; texts: Texts['discover']; language: Language },
): Promise<Finding[]> {
  const answers = new Map<VariableName, string>()
  const current = (): Finding[] => {
    const chosen = Object.fromEntries([...answers].filter(([, value]) => value !== ''))
    return chooseVariables(content, { ...variables, ...chosen }).map(finding => {
      const value = chosen[finding.variable]
      return value === undefined ? finding : { variable: finding.variable, status: 'found', value, isKept: false }
    })
  }
  for (;;) {
    const open = current().filter(({ variable, status }) => status === 'ambiguous' && !answers.has(variable))
    const next = open.find(({ variable }) => variable === firstAsked) ?? open[0]
    if (next?.status !== 'ambiguous') return current()
    const { variable, reason, choices } = next
    const answer = await questions.choose(`${variable}: ${explainReason(reason, variable, language)}`, [
      ...choices.map(({ value, name }) => ({
        value,
        name: printable(name === undefined ? value : `${name} (${value})`),
      })),
      { value: '', name: texts.leaveOpen },
    ])
    answers.set(variable, answer)
  }
}
