import type { FailureCode } from '@ponte/contracts'
import { counted } from '@ponte/runtime'
import { installationProblems, installationWarnings } from './installation-warnings.ts'
import { inEnglish } from './wrong-values.ts'

type Read = (name: string) => string

/** What is wrong, and what to do. */
interface ProblemText {
  readonly what: (facts: Read) => string
  readonly remedy: (facts: Read) => string
}

/** Texts by the names of problems, warnings and notes. Names never change: scripts rely on them. */
const problemTexts = <Name extends string>(texts: Readonly<Record<Name, ProblemText>>) => texts
const noteTexts = <Name extends string>(texts: Readonly<Record<Name, (facts: Read) => string>>) => texts

const inRedisConf = (facts: Read): string =>
  `Set ${facts('wanted')} in redis.conf (or with CONFIG SET and CONFIG REWRITE).`
const newToken = (): string =>
  'Create a new token with `openssl rand -hex 32`. List it before the old one until the sender uses it.'
const lostKey = 'docs/operating/care.md#the-key-is-lost'

const { existing, inUse, thereAre, wrongValues } = inEnglish

/** The problems that only `doctor` reports; the others are failure codes (docs/failures.md). */
const problems = problemTexts({
  REDIS_UNREACHABLE: {
    what: facts => `Redis does not answer where ${facts('setting')} says that it is.`,
    remedy: facts => `Start Redis, or correct ${facts('setting')}, with user, password and TLS.`,
  },
  ...installationProblems.en,
  REDIS_PERSISTENCE_WEAK: {
    what: facts => `Redis may lose acknowledged events: it is set to ${facts('found')}.`,
    remedy: inRedisConf,
  },
  REDIS_EVICTS: {
    what: facts => `Redis may delete events when its memory is full: it is set to ${facts('found')}.`,
    remedy: inRedisConf,
  },
  FINGERPRINT_KEY_OTHER: {
    what: () =>
      'The workers use another PONTE_FINGERPRINT_KEY, or another PONTE_SECRET_KEY if it is derived from that: their data cannot be found with this one.',
    remedy: () => `Set the keys of the workers here as well. If a key is lost, see ${lostKey}.`,
  },
  SECRET_KEY_OTHER: {
    what: () =>
      'PONTE_SECRET_KEY cannot decrypt the RD Station tokens of the workers: they use another key. Nothing was renewed.',
    remedy: () =>
      `Set the PONTE_SECRET_KEY of the workers here, or the former one in PONTE_OTHER_SECRET_KEYS. If it is lost, see ${lostKey}.`,
  },
  WEBHOOK_TOKEN_SHORT: {
    what: facts => `The token ${facts('setting')} has fewer than ${facts('wanted')} characters and can be guessed.`,
    remedy: newToken,
  },
  WEBHOOK_TOKEN_MONOTONOUS: {
    what: facts => `The token ${facts('setting')} repeats itself and can be guessed.`,
    remedy: newToken,
  },
  LOGIN_ADDRESS_WRONG: {
    what: facts =>
      `${facts('url')} answers, but not like a TOTVS CRM login (status ${facts('status')}): probably a wrong address.`,
    remedy: () => 'Correct totvsCrm.baseUrl or totvsCrm.loginPath. Check that no proxy answers instead.',
  },
  VARIABLE_EMPTY: {
    what: facts => `variables.${facts('variable')} is not known yet.${existing(facts)}`,
    remedy: () =>
      'Run `ponte discover --write`: it finds the values in TOTVS CRM and writes them into the tenants file.',
  },
  CRM_ID_NOT_FOUND: {
    what: facts =>
      `TOTVS CRM does not know the id ${facts('value')} in variables.${facts('variable')}.${existing(facts)}`,
    remedy: () => 'Copy the id from TOTVS CRM into the variable. The defaults are only samples.',
  },
  CRM_STAGE_OUTSIDE_PIPELINE: {
    what: facts =>
      `The stage "${facts('value')}" does not belong to the pipeline in variables.totvs_crm_pipeline.${existing(facts)}`,
    remedy: () => 'Set variables.totvs_crm_oportunity_stage to a stage of that pipeline, or choose the other pipeline.',
  },
  CRM_STATUS_FIELD_MISSING: {
    what: facts => `None of the ${facts('opportunities')} opportunities read has the custom field ${facts('field')}.`,
    remedy: facts =>
      `In TOTVS CRM, create the custom field ${facts('field')} (text, 255) on opportunities, or correct statusRd.field.`,
  },
  CRM_CUSTOM_FIELDS_FORM: {
    what: facts =>
      `${facts('setting')} is "${facts('found')}", but TOTVS CRM shows custom fields as "${facts('wanted')}".`,
    remedy: facts => `Set ${facts('setting')}: ${facts('wanted')} in the tenants file.`,
  },
  CRM_FILTER_IGNORED: {
    what: facts => `TOTVS CRM sends records of ${facts('setting')} that do not match a filter by ${facts('field')}.`,
    remedy: () =>
      'Ask TOTVS support why Integration-Filter is not applied. With more than 10,000 records, no new lead is created.',
  },
  ROUTE_OWNER_NOT_FOUND: {
    what: facts =>
      `TOTVS CRM has no user ${facts('value')}, owner ${facts('number')} of the route "${facts('route')}": no lead goes there.`,
    remedy: () => 'Correct the e-mail in the route, or remove it.',
  },
  ROUTE_OWNER_INACTIVE: {
    what: facts =>
      `The user ${facts('value')}, owner ${facts('number')} of the route "${facts('route')}", is inactive in TOTVS CRM: no lead goes there.`,
    remedy: () => 'Activate the user in TOTVS CRM, or remove the e-mail from the route.',
  },
  ROUTE_OWNER_WITHOUT_ROLE: {
    what: facts =>
      `The user ${facts('value')}, owner ${facts('number')} of the route "${facts('route')}", has no role in TOTVS CRM: no lead goes there.`,
    remedy: () => 'Give the user a role in TOTVS CRM, or remove the e-mail from the route.',
  },
  RD_CALLS_PER_MINUTE_TOO_HIGH: {
    what: facts => `${facts('setting')} is ${facts('found')}; no plan of RD Station allows more than ${facts('most')}.`,
    remedy: facts => `Set it to ${facts('common')}, or to ${facts('most')} on the Advanced plan.`,
  },
  RD_WEBHOOK_TOKEN_WRONG: {
    what: facts =>
      `The RD Station webhook ${facts('uuid')} posts to ${facts('url')} without a token from ${facts('setting')}: every delivery is refused.`,
    remedy: () => '`ponte connect --webhook` with the same --url gives it the token of today.',
  },
  RD_WEBHOOK_SUSPENDED: {
    what: facts => `RD Station has suspended the webhook ${facts('uuid')}, which posts to ${facts('url')}.`,
    remedy: () =>
      'Make sure that the address answers (the ingress checks), then have `ponte connect --webhook` with the same --url register it again.',
  },
  RD_WEBHOOK_OTHER_ADDRESS: {
    what: facts => `The RD Station webhook ${facts('uuid')} posts to ${facts('found')}, and none to ${facts('url')}.`,
    remedy: () =>
      'If that address is a former one, `ponte connect --webhook` with the same --url changes it. Otherwise run doctor with the right --url.',
  },
  INGRESS_UNREACHABLE: {
    what: facts => `Nothing answers at ${facts('url')}.`,
    remedy: () => 'Check that the ingress is running and that DNS, proxy and firewall lead to it.',
  },
  INGRESS_WITHOUT_TLS: {
    what: facts => `${facts('url')} is not an https:// address.`,
    remedy: () => 'Put a proxy with a certificate in front of the ingress: RD Station accepts only https://.',
  },
  INGRESS_NOT_PONTE: {
    what: facts => `${facts('url')} answered ${facts('status')}; Ponte's ingress would answer 202.`,
    remedy: () =>
      'Check that the address leads to the ingress (INGRESS_PORT) and not to the board, and that the proxy removes what comes before /webhooks.',
  },
  INGRESS_TOKEN_REFUSED: {
    what: facts => `The ingress at ${facts('url')} refuses token ${facts('number')} of ${facts('setting')}.`,
    remedy: () =>
      'Check that the ingress reads the same tenants file, and that its log refuses no change of it. Restart it if the token is a variable of its environment.',
  },
})
export type CheckProblem = keyof typeof problems

/** The samples have a name like the one that is missing. */
const similar = (facts: Read): string => (facts('similar') === '?' ? '' : ` They have "${facts('similar')}".`)

/** What works, but probably not as it was meant. */
const warnings = problemTexts({
  ...installationWarnings.en,
  CUSTOM_FIELD_NOT_SEEN: {
    what: facts =>
      `None of the ${facts('records')} records read has the custom field of ${facts('target')}.${similar(facts)}`,
    remedy: () =>
      'Correct the name in the rule, or create the field in TOTVS CRM. All is well if TOTVS CRM leaves empty fields out.',
  },
  MEMBER_NOT_SEEN: {
    what: facts =>
      `None of the ${facts('records')} records read has the member of ${facts('target')}.${similar(facts)}`,
    remedy: () => 'Correct the name in the rule. All is well if TOTVS CRM leaves empty members out.',
  },
  RULE_HIDDEN: {
    what: facts =>
      `"${facts('rule')}" in ${facts('list')} never applies: "${facts('by')}" in ${facts('byList')} comes first for every lead that it matches.`,
    remedy: facts => `Move "${facts('rule')}" up, narrow "${facts('by')}", or remove one of them.`,
  },
  PLACES_WITHOUT_VALUE: {
    what: facts =>
      `No lead of the last ${facts('days')} days had a value at: ${facts('names')}. Ponte has watched since ${facts('since')}.`,
    remedy: () =>
      'Compare the names with the fields in RD Station: a field that was renamed or left a form brings no value.',
  },
  RULES_WITHOUT_MATCH: {
    what: facts =>
      `No lead of the last ${facts('days')} days was one for: ${facts('names')}. Ponte has watched since ${facts('since')}.`,
    remedy: () =>
      'Compare what the rules ask for with the leads that come; `ponte preview` shows what they make of one.',
  },
})
export type CheckWarning = keyof typeof warnings

/** A check only reads: it is the request that was refused, not the data of a lead. */
const refusedReads: Partial<Readonly<Record<FailureCode, (facts: Read) => string>>> = {
  CRM_REJECTED: facts =>
    `Compare ${facts('setting')} and totvsCrm.integrationPath with the addresses of your TOTVS CRM.`,
  RD_REJECTED: () => 'Correct rdStation.baseUrl and rdStation.tokenUrl. Check that no proxy answers instead.',
}

/** Why something could not be checked, was skipped, or passed without a full check. */
const notes = noteTexts({
  REDIS_HIDES_SETTING: facts =>
    `cannot verify: this Redis does not show ${facts('settings')}; check it in your provider's console`,
  SEEN_IN_USE: facts => `in use: a lead in TOTVS CRM has the id of ${facts('variable')}`,
  NOT_SEEN_IN_USE: facts =>
    `cannot verify: none of the ${facts('leads')} leads read has the id of ${facts('variable')}, and ${facts('setting')} names no list to compare it with${inUse(facts)}`,
  SAMPLE_NOT_SEEN_IN_USE: facts =>
    `cannot verify: variables.${facts('variable')} still has the sample value, and none of the ${facts('leads')} leads read uses it; set the id of your TOTVS CRM, or name the list in ${facts('setting')}${inUse(facts)}`,
  NO_OPPORTUNITY: () => 'cannot verify: TOTVS CRM has no opportunity; create one and try again',
  STATUS_FIELD_NOT_SHOWN: facts =>
    `cannot verify: no opportunity shows ${facts('field')} or any other empty custom field; fill in ${facts('field')} on one and try again`,
  STAGE_TELLS_NO_PIPELINE: () => 'cannot verify: TOTVS CRM does not show the pipeline of a stage',
  PLAN_UNKNOWN: facts => `cannot verify: ${facts('found')} calls a minute need the Advanced plan`,
  RD_WEBHOOKS_NOT_SHOWN: () => 'cannot verify: RD Station does not list the webhooks of this account',
  RD_WEBHOOK_NOT_LISTED: facts =>
    `cannot verify: RD Station's API lists no webhook to ${facts('url')}. That is fine if an automation flow or a webhook made in RD Station's web interface sends the leads (the API does not list those). Otherwise no lead arrives: \`ponte connect --webhook\` registers one`,
  SHADOW_SHARES_NOTHING: facts =>
    `ok: nothing is written in the shadow. The app in RD Station (${facts('app')}) and the user in TOTVS CRM (${facts('user')}) have to be Ponte's own, never those of the package; that cannot be seen from here`,
  ACCOUNT_BUSY: () => 'cannot verify: a worker is renewing the tokens; try again',
  NO_RECORD_SHOWN: facts => `cannot verify ${facts('targets')}: TOTVS CRM has no record of this kind to look at`,
  CUSTOM_FIELDS_NOT_SHOWN: facts =>
    `cannot verify ${facts('targets')}: none of the ${facts('records')} records read shows custom fields in the form of totvsCrm.customFields`,
  NO_LEAD_WATCHED: facts =>
    `cannot verify: no worker has handled a lead by these rules in the last ${facts('days')} days`,
  WATCHED_SHORTLY: facts =>
    `cannot verify yet: not seen so far, and watched for less than ${facts('days')} days: ${facts('names')}`,
  CHECK_BROKE: facts => `cannot verify: the check itself broke (${facts('error')}); please report it`,
  AFTER_OTHER_PROBLEM: facts => `not checked: fix ${facts('check')} first`,
})
export type CheckNote = keyof typeof notes

export const en = {
  description: "check each tenant's set-up: what is wrong, and what to do",
  url: "also send an empty delivery to the ingress at this address, with each token, and look for the address in RD Station's webhooks",
  installation: 'installation',
  checking: (tenant: string) => `${tenant}: checking…`,
  fine: 'ok',
  seePage: (solution: string, page: string) => `${solution} More: ${page}`,
  wrongValues,
  thereAre,
  refusedReads,
  summary: (counts: { checks: number; problems: number; warnings: number; unknown: number; skipped: number }) =>
    [
      `${counted('en', counts.checks, 'check', 'checks')}: ${counts.problems === 0 ? 'no problem' : counted('en', counts.problems, 'problem', 'problems')}`,
      ...(counts.warnings === 0 ? [] : [counted('en', counts.warnings, 'warning', 'warnings')]),
      ...(counts.unknown === 0 ? [] : [`${counts.unknown} not verified`]),
      ...(counts.skipped === 0 ? [] : [`${counts.skipped} skipped`]),
    ].join(', '),
  problems,
  warnings,
  notes,
}

export type DoctorTexts = typeof en
