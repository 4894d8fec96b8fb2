import type { FactId } from './facts/facts.ts'

/** A fact does not hold, and nothing after it can be asked: the run ends and cleans up. */
export class FactBrokenError extends Error {
  readonly fact: FactId
  constructor(fact: FactId) {
    super(fact)
    this.name = 'FactBrokenError'
    this.fact = fact
  }
}

/** Ponte could not carry out what the rehearsal did, for a reason that is no fact. */
export class EventFailedError extends Error {
  readonly event: string
  readonly code: string
  constructor(event: string, code: string) {
    super(code)
    this.name = 'EventFailedError'
    this.event = event
    this.code = code
  }
}

/** Something did not come in time. */
export class NothingCameError extends Error {
  readonly what: 'contact' | 'rd-webhook' | 'crm-webhook' | 'run' | 'effect' | 'record' | 'person'
  constructor(what: NothingCameError['what']) {
    super(what)
    this.name = 'NothingCameError'
    this.what = what
  }
}

/** RD Station holds a contact of somebody else under the test e-mail. */
export class ContactOfOthersError extends Error {
  readonly contact: string
  constructor(contact: string) {
    super(contact)
    this.name = 'ContactOfOthersError'
    this.contact = contact
  }
}
