import type { Mark } from '../check/explain-marks.ts'
import { createRandom, type Random } from '../plan/random.ts'
import { SALE_LIMIT } from '../plan/scenarios.ts'

/** The package alone; Ponte beside it; neither of them; Ponte alone; both again. */
export const phases = ['history', 'shadow', 'gap', 'live', 'back'] as const
export type Phase = (typeof phases)[number]

export type Action =
  /** The person fills a form in, each time with newer answers. */
  | { readonly kind: 'convert' }
  /** Sales enters an opportunity in TOTVS CRM, and the lead if there is none. */
  | { readonly kind: 'enter' }
  | { readonly kind: 'win'; readonly value: number }
  | { readonly kind: 'lose'; readonly reason: string }
  | { readonly kind: 'reopen' }
  /** Somebody saves the opportunity as it is. */
  | { readonly kind: 'save' }
  /** Sales corrects the value of a sale, and marketing marks it in RD Station by hand. */
  | { readonly kind: 'repair'; readonly value: number }

export interface Step {
  readonly phase: Phase
  /** Of the history: how many days ago. */
  readonly daysAgo: number
  readonly action: Action
  /** The opportunity that the action is about: by the order in which the person got them. Of one that opens another: none yet. */
  readonly opportunity: number
  /** What RD Station must learn from it: once, whoever tells it. */
  readonly marks: readonly Mark[]
  /** The package's run about it fails until somebody has its failed messages run again. */
  readonly breaks?: true
}

export interface Person {
  readonly number: number
  readonly kind: Kind
  readonly uuid: string
  readonly email: string
  readonly steps: readonly Step[]
}

export const DAYS = 21

/** How the people of a company live through its move. */
const kinds = {
  'sold long ago': life => [life.opens('history'), life.converts('history'), life.ends('history'), life.saves('live')],
  'came back long ago': life => [
    ...[life.opens('history'), life.ends('history'), life.opens('history')],
    ...[life.converts('live'), life.ends('live')],
  ],
  'in the pipeline': life => [life.opens('history'), life.converts('history'), life.ends('live')],
  'in the pipeline, entered by sales': life => [life.enters('history'), life.ends('live')],
  'in the pipeline twice': life => [
    ...[life.opens('history'), life.enters('history'), life.saves('gap')],
    // RD Station has one state for both, so it is told again that one is open, if Ponte has heard of that.
    ...[life.ends('live', { opportunity: 0, more: [{ type: 'OPPORTUNITY' }] }), life.ends('live', { opportunity: 1 })],
  ],
  'ended in the shadow': life => [life.opens('history'), life.ends('shadow'), life.saves('live')],
  'ended in the gap': life => [life.opens('history'), life.ends('gap'), life.saves('live')],
  'reopened afterwards': life => [life.opens('history'), life.loses('gap'), life.reopens('live'), life.ends('live')],
  'new in the shadow': life => [life.opens('shadow'), life.converts('shadow'), life.ends('live')],
  'new and ended in the shadow': life => [
    ...[life.opens('shadow'), life.ends('shadow')],
    ...[life.saves('live'), life.opens('live'), life.ends('live')],
  ],
  'new in the shadow, ended in the gap': life => [life.opens('shadow'), life.ends('gap'), life.saves('live')],
  'new in the gap': life => [life.opens('gap'), life.converts('gap'), life.ends('live')],
  'back in the gap': life => [
    ...[life.opens('history'), life.ends('history'), life.opens('gap')],
    ...[life.ends('live'), life.opens('live')],
  ],
  'converts in the gap': life => [life.opens('history'), life.converts('gap'), life.ends('live')],
  'entered and ended in the gap': life => [life.enters('gap'), life.ends('gap'), life.saves('live')],
  'sold for too much': life => [life.opens('history'), life.winsTooMuch('history'), life.repairs('live')],
  'missed by the package': life => [life.opens('shadow', { breaks: true }), life.ends('live')],
  'untold by the package': life => [life.opens('history'), life.ends('shadow', { breaks: true }), life.saves('live')],
  'new afterwards': life => [life.opens('live'), life.ends('live'), life.opens('back')],
  'new afterwards, ended on the way back': life => [life.opens('live'), life.ends('back')],
} as const satisfies Record<string, (life: Life) => readonly Step[]>
export type Kind = keyof typeof kinds

const kindNames = namesOf(kinds)

function namesOf<Name extends string>(record: Readonly<Record<Name, unknown>>): readonly Name[] {
  const names: Name[] = []
  for (const name in record) names.push(name)
  return names
}

/** Each kind once, and as many more as there are to be. */
export function planPeople(seed: number, count: number): readonly Person[] {
  const random = createRandom(seed)
  const drawn = Array.from({ length: Math.max(0, count - kindNames.length) }, () => random.pick(kindNames))
  return random.shuffle([...kindNames, ...drawn]).map((kind, number) => ({
    number,
    kind,
    uuid: random.uuid(),
    email: `pessoa.${number}.${seed}@cliente.example`,
    steps: withDays(kinds[kind](createLife(random, number)), random),
  }))
}

/** A person does one thing a day. */
function withDays(steps: readonly Step[], random: Random): readonly Step[] {
  const days = Array.from({ length: DAYS }, (_, index) => index + 1)
  const own = random
    .shuffle(days)
    .slice(0, steps.length)
    .toSorted((one, other) => other - one)
  return steps.map((step, index) => ({ ...step, daysAgo: own[index] ?? 1 }))
}

interface More {
  readonly opportunity?: number
  readonly more?: readonly Mark[]
  readonly breaks?: true
}

type Life = ReturnType<typeof createLife>

/** Values and reasons are unique, so that each mark shows which action it is of. */
function createLife(random: Random, number: number) {
  let opportunities = 0
  let actions = 0
  const opened = { type: 'OPPORTUNITY' } as const
  const step = (phase: Phase, action: Action, marks: readonly Mark[], more: More = {}): Step => ({
    ...{ phase, daysAgo: 0, action, opportunity: more.opportunity ?? opportunities - 1 },
    marks: [...marks, ...(more.more ?? [])],
    ...(more.breaks && { breaks: more.breaks }),
  })
  const next = (): number => (number + 1) * 1000 + ++actions
  const wins = (phase: Phase, more?: More): Step => {
    const value = next() + 0.5
    return step(phase, { kind: 'win', value }, [{ type: 'SALE', value }], more)
  }
  const loses = (phase: Phase, more?: More): Step => {
    const reason = `Motivo ${next()}`
    return step(phase, { kind: 'lose', reason }, [{ type: 'OPPORTUNITY_LOST', reason }], more)
  }

  return {
    /** Converts, and gets an opportunity. */
    opens(phase: Phase, more?: More): Step {
      opportunities += 1
      return step(phase, { kind: 'convert' }, [opened], more)
    },
    /** Converts while an opportunity is open. */
    converts: (phase: Phase): Step => step(phase, { kind: 'convert' }, []),
    enters(phase: Phase): Step {
      opportunities += 1
      return step(phase, { kind: 'enter' }, [opened])
    },
    loses,
    ends: (phase: Phase, more?: More): Step => (random.percent(60) ? wins : loses)(phase, more),
    winsTooMuch: (phase: Phase): Step => step(phase, { kind: 'win', value: SALE_LIMIT + 1_000_000 + number }, []),
    repairs(phase: Phase): Step {
      const value = next()
      return step(phase, { kind: 'repair', value }, [{ type: 'SALE', value }])
    },
    reopens: (phase: Phase): Step => step(phase, { kind: 'reopen' }, [opened]),
    saves: (phase: Phase): Step => step(phase, { kind: 'save' }, []),
  }
}

/** What becomes of a person by these steps: what RD Station has learned, in this order, and what TOTVS CRM holds. */
export const endOf = (steps: readonly Step[]) => ({
  marks: steps.flatMap(({ marks }) => marks),
  /** How often the person has filled a form in; with the contact of somebody whom sales entered it is known as well. */
  version: steps.filter(({ action: { kind } }, index) => kind === 'convert' || (kind === 'enter' && index === 0))
    .length,
  opportunities: steps.filter(
    ({ action: { kind }, marks }) => kind === 'enter' || (kind === 'convert' && marks.length > 0),
  ).length,
})

export const stepsUpTo = ({ steps }: Person, phase: Phase): readonly Step[] =>
  steps.filter(step => phases.indexOf(step.phase) <= phases.indexOf(phase))
