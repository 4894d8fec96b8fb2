import type { Person } from './people.ts'
import type { Random } from './random.ts'

/** What is done for one person, one step after the other. */
export interface Scenario {
  readonly steps: readonly ScenarioStep[]
}

export interface ScenarioStep {
  /** After the step before. */
  readonly pauseMs: number
  /** First wait until the person's conversions are in and RD Station knows how the opportunity stands. */
  readonly patient: boolean
  readonly action: Action
}

/** Values and reasons are unique, so that each mark shows which action caused it. */
export type Action =
  /** The next conversion is delivered. */
  | { readonly kind: 'convert'; readonly version: number }
  /** A salesperson enters the lead and its opportunity in the CRM. */
  | { readonly kind: 'enter' }
  /** Won, when it is open. `isLate`: the record shows it only after its webhook. */
  | { readonly kind: 'win'; readonly value: number; readonly isLate: boolean }
  /** Lost, when it is open. */
  | { readonly kind: 'lose'; readonly reason: string; readonly isLate: boolean }
  /** The opportunity goes to the lead of a colleague. */
  | { readonly kind: 'give' }
  /** When it is closed. */
  | { readonly kind: 'reopen' }
  /** The value is corrected. */
  | { readonly kind: 'correct'; readonly value: number }

const LATE_PERCENT = 30

/** RD Station and Ponte refuse a sale above R$ 99,999,999.00. */
export const SALE_LIMIT = 99_999_999

export function planScenario(person: Person, random: Random, lengthMs: number): Scenario {
  let actions = 0
  /** Values are below the limit for any number of people. */
  const close = (isLate = false): Action =>
    random.percent(50)
      ? { kind: 'win', value: (person.number + 1) * 100 + ++actions + 0.25, isLate }
      : { kind: 'lose', reason: `Motivo ${person.number}-${++actions}`, isLate }
  /** Somebody who waits until RD Station knows of it sees what a late record does. */
  const closePatiently = (): ScenarioStep => step(close(random.percent(LATE_PERCENT)), true, soon)
  const step = (action: Action, patient: boolean, [least, most]: readonly [number, number]): ScenarioStep => ({
    pauseMs: random.between(least, most),
    patient,
    action: action,
  })
  const soon = [50, 800] as const
  /** Those who wait again and again get no further otherwise. */
  const early = [0, Math.floor(lengthMs / 10)] as const
  const any = [0, Math.floor(lengthMs / 2)] as const

  switch (person.kind) {
    case 'visitor': {
      const reopens = random.percent(25)
      const closing = closePatiently()
      const steps = reopens ? [closing, step({ kind: 'reopen' }, true, soon), closePatiently()] : [closing]
      return { steps: random.percent(70) ? steps : [] }
    }
    case 'moving':
    case 'returning': {
      const rounds = person.conversions.map(({ version }, index) => [
        step({ kind: 'convert', version }, true, index === 0 ? (person.kind === 'moving' ? early : any) : soon),
        closePatiently(),
      ])
      return { steps: rounds.flat() }
    }
    case 'wild':
      return { steps: Array.from({ length: 30 }, () => step(close(), false, [50, 1500])) }
    case 'patient': {
      const rounds = Array.from({ length: 4 }, () => [closePatiently(), step({ kind: 'reopen' }, true, soon)])
      return { steps: [step({ kind: 'enter' }, false, any), ...rounds.flat()] }
    }
    case 'given': {
      const again = random.percent(50) ? [step({ kind: 'reopen' }, true, soon), closePatiently()] : []
      return {
        steps: [step({ kind: 'enter' }, false, early), step({ kind: 'give' }, true, soon), closePatiently(), ...again],
      }
    }
    case 'hasty': {
      const rounds = Array.from({ length: random.between(4, 8) }, () => [
        step(close(), false, [20, 1500]),
        step({ kind: 'reopen' }, false, [20, 1500]),
      ])
      const last = random.percent(70) ? [step(close(), false, [20, 1500])] : []
      return { steps: [step({ kind: 'enter' }, false, any), ...rounds.flat(), ...last] }
    }
    case 'too-much': {
      const tooMuch: Action = { kind: 'win', value: SALE_LIMIT + 1_000_000 + person.number, isLate: false }
      const correction: Action = { kind: 'correct', value: (person.number + 1) * 100 + 0.75 }
      const corrected = random.percent(60) ? [step(correction, false, [50, 6000])] : []
      return {
        steps: [step({ kind: 'enter' }, false, any), step(tooMuch, random.percent(50), soon), ...corrected],
      }
    }
    case 'phone-only':
      return { steps: [] }
  }
}
