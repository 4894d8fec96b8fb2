import type { FailureCode } from '@ponte/contracts'
import { counted } from '@ponte/runtime'
import type { CheckNote, CheckProblem } from '../doctor/checks/check-result.ts'

type Read = (name: string) => string

interface ProblemText {
  readonly what: (facts: Read) => string
  readonly remedy: (facts: Read) => string
}

const problems: Readonly<Record<CheckProblem, ProblemText>> = {
  REDIS_UNREACHABLE: {
    what: () => 'Redis does not answer at the address of REDIS_URL.',
    remedy: () => 'Start Redis, or correct REDIS_URL (host, port, password, rediss:// for TLS).',
  },
  REDIS_PERSISTENCE_WEAK: {
    what: facts => `Redis may lose events that were acknowledged: it has ${facts('found')}.`,
    remedy: facts => `Set ${facts('wanted')} in redis.conf (or with CONFIG SET and CONFIG REWRITE).`,
  },
  REDIS_EVICTS: {
    what: facts => `Redis may throw events away when its memory is full: it has ${facts('found')}.`,
    remedy: facts => `Set ${facts('wanted')} in redis.conf (or with CONFIG SET and CONFIG REWRITE).`,
  },
  FINGERPRINT_KEY_OTHER: {
    what: () =>
      'PONTE_FINGERPRINT_KEY, or PONTE_SECRET_KEY where it is derived from that, is another than that of the workers: what they wrote is not found with it.',
    remedy: () => 'Set the keys of the workers here too; where a key is lost: docs/operating/care/secret-key.md.',
  },
  SECRET_KEY_OTHER: {
    what: () =>
      'PONTE_SECRET_KEY does not open the tokens of RD Station that the workers keep: it is another than theirs. Nothing was renewed.',
    remedy: () =>
      'Set the PONTE_SECRET_KEY of the workers here, or the one before as PONTE_OTHER_SECRET_KEYS. Where it is lost: docs/operating/care/secret-key.md.',
  },
  WEBHOOK_TOKEN_SHORT: {
    what: facts => `The token ${facts('setting')} has fewer than ${facts('wanted')} characters and can be guessed.`,
    remedy: () => 'Make a new one with `openssl rand -hex 32`, list it before the old one until the sender uses it.',
  },
  WEBHOOK_TOKEN_MONOTONOUS: {
    what: facts => `The token ${facts('setting')} has too little variety and can be guessed.`,
    remedy: () => 'Make a new one with `openssl rand -hex 32`, list it before the old one until the sender uses it.',
  },
  CRM_LOGIN_ADDRESS_WRONG: {
    what: facts => `Nothing of TOTVS CRM answers at ${facts('url')}: the answer to the login was ${facts('status')}.`,
    remedy: () => 'Correct totvsCrm.baseUrl or totvsCrm.loginPath; see that no proxy answers in its place.',
  },
  CRM_ID_NOT_FOUND: {
    what: facts => `TOTVS CRM does not know the id ${facts('value')} of variables.${facts('variable')}.`,
    remedy: () =>
      'Copy the id from TOTVS CRM into the variable and restart the workers. The defaults are samples only.',
  },
  CRM_STAGE_OUTSIDE_PIPELINE: {
    what: facts => `The stage "${facts('value')}" belongs to another pipeline than variables.totvs_crm_pipeline names.`,
    remedy: () => 'Name a stage of that pipeline in variables.totvs_crm_oportunity_stage, or the other pipeline.',
  },
  CRM_STATUS_FIELD_MISSING: {
    what: facts =>
      `None of the opportunities that were read (${facts('opportunities')}) has the custom field ${facts('field')}.`,
    remedy: facts =>
      `In TOTVS CRM create the custom field ${facts('field')} (text, 255) on opportunities, or correct statusRd.field.`,
  },
  CRM_CUSTOM_FIELDS_FORM: {
    what: facts =>
      `${facts('setting')} is "${facts('found')}", and TOTVS CRM shows custom fields as "${facts('wanted')}".`,
    remedy: facts => `Set ${facts('setting')}: ${facts('wanted')} and restart the workers.`,
  },
  CRM_FILTER_IGNORED: {
    what: facts => `TOTVS CRM sends records of ${facts('setting')} that do not match a filter by ${facts('field')}.`,
    remedy: () =>
      'Ask the support of TOTVS why Integration-Filter is not applied. With more than 10,000 records no new lead is created.',
  },
  RD_CALLS_PER_MINUTE_TOO_HIGH: {
    what: facts => `${facts('setting')} is ${facts('found')}; no plan of RD Station allows more than ${facts('most')}.`,
    remedy: facts => `Set it to ${facts('common')}, or to ${facts('most')} on the Advanced plan.`,
  },
  RD_WEBHOOK_TOKEN_WRONG: {
    what: facts =>
      `The webhook ${facts('uuid')} of RD Station posts to ${facts('url')} without a token of ${facts('setting')}: each delivery is refused.`,
    remedy: facts =>
      `Change its address to ${facts('url')}?token=… with a token of ${facts('setting')} (RD's API: PUT /integrations/webhooks/${facts('uuid')}).`,
  },
  RD_WEBHOOK_SUSPENDED: {
    what: facts => `RD Station has suspended the webhook ${facts('uuid')}, which posts to ${facts('url')}.`,
    remedy: () =>
      'See that the address answers (the checks ingress-…), then delete the webhook at RD Station and register it again.',
  },
  RD_WEBHOOK_OTHER_ADDRESS: {
    what: facts => `The webhook ${facts('uuid')} of RD Station posts to ${facts('found')}, none to ${facts('url')}.`,
    remedy: facts =>
      `Change its address to ${facts('url')}?token=… (RD's API: PUT /integrations/webhooks/${facts('uuid')}), or call doctor with the right --url.`,
  },
  INGRESS_UNREACHABLE: {
    what: facts => `Nothing answers at ${facts('url')}.`,
    remedy: () => 'See that the ingress runs and that DNS, proxy and firewall lead there.',
  },
  INGRESS_WITHOUT_TLS: {
    what: facts => `${facts('url')} is not an https:// address.`,
    remedy: () => 'Put a proxy with a certificate before the ingress: RD Station takes no other address.',
  },
  INGRESS_NOT_PONTE: {
    what: facts => `${facts('url')} answered ${facts('status')} where Ponte's ingress answers 202.`,
    remedy: () =>
      'See where the address leads: to the ingress (INGRESS_PORT), not to the board; a proxy takes away what stands before /webhooks.',
  },
  INGRESS_TOKEN_REFUSED: {
    what: facts => `The ingress at ${facts('url')} refuses token ${facts('number')} of ${facts('setting')}.`,
    remedy: () => 'Restart the ingress: it reads the tenants file at start. See that it reads this file.',
  },
}

/** A check only reads: what is refused is the question, and no data of a lead. */
const refusedReads: Partial<Readonly<Record<FailureCode, (facts: Read) => string>>> = {
  CRM_REJECTED: facts =>
    `Compare ${facts('setting')} and totvsCrm.integrationPath with the addresses of your TOTVS CRM.`,
  RD_REJECTED: () => 'Correct rdStation.baseUrl and rdStation.tokenUrl; see that no proxy answers in their place.',
}

const notes: Readonly<Record<CheckNote, (facts: Read) => string>> = {
  REDIS_HIDES_SETTING: facts =>
    `not checkable: this Redis does not tell ${facts('settings')}; see its provider's console`,
  SEEN_IN_USE: facts => `seen in use: a lead of the CRM has the id of ${facts('variable')}`,
  NOT_SEEN_IN_USE: facts =>
    `not checkable: none of the leads that were read (${facts('leads')}) has the id of ${facts('variable')}, and ${facts('setting')} names no list to compare it with`,
  SAMPLE_NOT_SEEN_IN_USE: facts =>
    `not checkable: variables.${facts('variable')} is left at the sample value, and none of the leads that were read (${facts('leads')}) has it; put the id of your TOTVS CRM there, or name the list in ${facts('setting')}`,
  NO_OPPORTUNITY: () => 'not checkable: there is no opportunity to look at; create one and try again',
  STATUS_FIELD_NOT_SHOWN: facts =>
    `not checkable: no opportunity shows ${facts('field')}, nor any other custom field that is empty; fill ${facts('field')} in one and try again`,
  STAGE_TELLS_NO_PIPELINE: () => 'not checkable: the stage does not tell its pipeline',
  PLAN_UNKNOWN: facts => `not checkable: ${facts('found')} calls a minute need the Advanced plan`,
  RD_WEBHOOKS_NOT_SHOWN: () => 'not checkable: RD Station does not show this account its webhooks',
  RD_WEBHOOK_NOT_LISTED: facts =>
    `not checkable: RD Station's API lists no webhook to ${facts('url')}. Right when an automation flow or a webhook of RD's screens sends the leads (the API does not list those); else none arrive: register one`,
  ACCOUNT_BUSY: () => 'not checkable: a worker is renewing the tokens; try again',
  AFTER_OTHER_PROBLEM: facts => `not checked: ${facts('check')} comes first`,
}

/** What the command line says. The other languages have the same members. */
export const en = {
  program: {
    description: 'Checks, connects, tries out and mends an installation of Ponte.',
    usage: 'Usage:',
    options: 'Options:',
    commands: 'Commands:',
    arguments: 'Arguments:',
    /** What stands for a value in the help, by what the source calls it. */
    placeholder: (name: string): string => name,
    help: 'show this help',
    byDefault: (value: number) => `default: ${value}`,
    lang: 'language of the texts: en or pt-BR (default: that of LC_ALL, LC_MESSAGES or LANG)',
    json: 'print one JSON document instead of text',
    tenant: 'only this tenant (default: all)',
    theTenant: 'the tenant; may be left out where there is one only',
    dryRun: 'only say what would be done',
    environment: `
Reads the environment as the processes of Ponte do: REDIS_URL, PONTE_CONFIG, PONTE_SECRET_KEY.

Exit codes:
  0  all is well
  1  it found problems, or could not do all of it
  2  the command line or the configuration cannot be used
  3  Redis, an API or the ingress does not answer`,
    examples: 'Examples:',
  },
  usageError: (_code: string, message: string): string => message,
  seeHelp: 'See `ponte --help`.',
  configurationUnusable: 'The configuration cannot be used:',
  tenantUnknown: (name: string, names: string) => `There is no tenant "${name}". There are: ${names}.`,
  tenantNeeded: (names: string) => `Name one tenant with --tenant. There are: ${names}.`,
  redisUnreachable: 'Redis does not answer at the address of REDIS_URL.',
  urlUnusable: (url: string) => `"${url}" is not an address such as https://ponte.acme.example.`,
  doctor: {
    description: "check each tenant's set-up: what is wrong, and what to do",
    url: "also send an empty delivery to the ingress at this address, with each token, and look for the address among RD Station's webhooks",
    installation: 'installation',
    checking: (tenant: string) => `${tenant}: checking…`,
    fine: 'ok',
    seePage: (solution: string, page: string) => `${solution} More: ${page}`,
    refusedReads,
    summary: (counts: { checks: number; problems: number; unknown: number; skipped: number }) =>
      [
        `${counted('en', counts.checks, 'check', 'checks')}: ${counts.problems === 0 ? 'no problem' : counted('en', counts.problems, 'problem', 'problems')}`,
        ...(counts.unknown === 0 ? [] : [`${counts.unknown} not checkable`]),
        ...(counts.skipped === 0 ? [] : [`${counts.skipped} not checked`]),
      ].join(', '),
    problems,
    notes,
  },
  connect: {
    description: 'connect a tenant to its RD Station account (OAuth)',
    port: 'port of the callback on 127.0.0.1; the address must be registered with the app',
    code: '-: paste a code, or the whole address with it, on stdin or at the prompt',
    refreshToken: '-: a refresh token that was obtained elsewhere, on stdin or at the prompt',
    secretInArguments:
      'A code or a token in the arguments can be seen by everybody on this machine. Write - in its place, and paste it at the prompt or pass it on stdin.',
    authUrl: "RD Station's dialog (default: beside rdStation.tokenUrl)",
    redirectUri: 'the registered callback, when another address leads here',
    noOpen: 'do not open the browser',
    timeout: 'seconds to wait for the browser',
    open: (url: string, callback: string) =>
      `Open this address and allow the connection:\n\n  ${url}\n\nWaiting for the browser to come back to ${callback} …`,
    paste: (url: string) =>
      `Open this address and allow the connection:\n\n  ${url}\n\nThe browser ends at an address that may not open. Paste that whole address, or the code in it, and press Enter:`,
    done: (tenant: string) => `${tenant} is connected to RD Station.`,
    breakerClosed: 'The events that waited for it go on.',
    kept: 'The tokens are kept in Redis, encrypted. Leave rdStation.refreshToken in the tenants file as it is: a changed one counts as another connection.',
    oneOfBoth: 'Give --code or --refresh-token, not both.',
    secretEmpty: 'The code or token is empty.',
    portTaken: (port: number) => `Port ${port} of 127.0.0.1 cannot be used. Choose another with --port.`,
    authUrlNeeded:
      "Give the address of RD Station's dialog with --auth-url: it cannot be told from rdStation.tokenUrl.",
    late: (seconds: number) => `Nobody came back from RD Station within ${seconds} s. Start again.`,
    refused: (error: string) => `RD Station gave no code${error === '' ? '' : ` (${error})`}. Start again.`,
    accessDenied:
      'RD Station refused access: whoever opened the address did not allow the connection, or may not. Start again, as an administrator of the account.',
    busy: 'A worker is renewing the tokens of this account. Try again in a minute.',
    failures: {
      RD_REJECTED: 'RD Station refused the code: it is used up, or older than an hour. Start again.',
      RD_CLIENT_REJECTED: 'RD Station refused the client id, the client secret or the code. Compare them with the app.',
      RD_TOKEN_REVOKED: 'RD Station refused the refresh token. Connect in the browser.',
    },
    pageDone: 'Ponte is connected. You may close this page.',
    pageRefused: 'RD Station did not allow the connection. You may close this page and start again.',
    pageForeign: 'This answer does not belong to the connection that is under way.',
    pageUnknown: 'There is nothing here.',
  },
  send: {
    description: 'post an example delivery to the ingress; it is processed like a real one',
    file: 'a file, or the name of an example (see --list)',
    url: 'where the ingress is (default: INGRESS_HOST and INGRESS_PORT)',
    event: 'what happened: lead, created, won, lost or updated',
    opportunity: 'id of an opportunity in TOTVS CRM',
    list: 'list the examples',
    opportunityNeeded: (event: string) => `--event ${event} needs --opportunity ID.`,
    fileUnreadable: (file: string) => `${file} is neither an example nor a file that can be read.`,
    notReachable: (url: string) => `Nothing answers at ${url}.`,
    duplicates: (count: number, isLead: boolean) =>
      `${counted('en', count, 'event was', 'events were')} sent before (within 7 days): nothing more is done. If it failed, ponte retry CODE tries it again. To send it anew, change ${isLead ? 'the time of the conversion (event_timestamp; in "leads", event_uuid or last_conversion.created_at)' : 'eventId'} in a copy of the file.`,
  },
  failures: {
    description: 'list what has failed for good, grouped by cause',
    retry: 'retry what failed with this code',
    none: 'Nothing has failed.',
    withoutCode: 'The reason begins with no code of Ponte: see the job on the board.',
    between: (first: string, last: string) => `first ${first}, last ${last}`,
    howToRetry: 'Mend the cause, then: ponte retry CODE',
    reading: (count: number) => `${count} failed jobs read…`,
  },
  password: {
    description:
      'make the hash of a password for BOARD_ACCOUNTS; reads it from standard input or hidden from the terminal',
    prompt: 'Password:',
    noArgument: 'A password is taken from no argument: histories keep those.',
    tooShort: (least: number) => `A password has at least ${least} characters.`,
  },
  retry: {
    description: 'start the whole series of attempts again for what failed with a code',
    code: 'a failure code, as `ponte failures` lists them',
    codeUnknown: (code: string) => `${code} is not a failure code of Ponte.`,
    nothing: (code: string) => `Nothing has failed with ${code}.`,
    working: (done: number, all: number) => `${done} of ${all}…`,
    done: (count: { retried: number; left: number; dryRun: boolean }) =>
      [
        `${count.retried} ${count.dryRun ? 'would be retried' : 'retried'}`,
        ...(count.left === 0 ? [] : [counted('en', count.left, 'is no longer failed', 'are no longer failed')]),
      ].join(', '),
  },
  erase: {
    description: 'remove a person from everything that Ponte keeps (LGPD)',
    email: "the person's e-mail",
    phone: "the person's phone: also removes whatever else holds it, so do not give one that people share",
    personNeeded: 'Say who: --email, --phone or both.',
    emailInvalid: '--email is not an e-mail.',
    phoneInvalid: '--phone has fewer than 8 digits.',
    searching: (tenant: string) => `${tenant}: searching…`,
    reading: (at: { tenant: string; look: number; keys: number }) =>
      `${at.tenant}: look ${at.look}, ${at.keys} keys read…`,
    former: (tenant: string) => `${tenant} (no longer in the tenants file; ponte forget-tenant removes the rest of it)`,
    nothing: 'nothing found',
    removed: (entry: { kind: string; count: number; dryRun: boolean }) =>
      `${entry.kind}: ${entry.count} ${entry.dryRun ? 'would be removed' : 'removed'}`,
    unread: (jobId: string) =>
      `the quarantined delivery ${jobId} cannot be read: the person may be in it. Remove it on the board unless it is needed.`,
    nameless: (jobId: string) =>
      `the quarantined delivery ${jobId} has words and no e-mail or phone that could be read: the person may be named in it. Look at it on the board, and remove it there if so.`,
    withOthers: ({ count, dryRun }: { count: number; dryRun: boolean }) =>
      counted(
        'en',
        count,
        `quarantined delivery also holds e-mails of others, and ${dryRun ? 'would go' : 'went'} as a whole: have the others sent again`,
        `quarantined deliveries also hold e-mails of others, and ${dryRun ? 'would go' : 'went'} as a whole: have the others sent again`,
      ),
    left: (queue: string, jobId: string) => `${queue} ${jobId} is being worked on and was left: run the command again`,
    shared: (count: number) =>
      counted(
        'en',
        count,
        'kept: it holds the same phone beside the e-mail of somebody else',
        'kept: they hold the same phone beside the e-mail of somebody else',
      ),
    rewritten:
      'Redis rewrites its append-only file, which still held what was removed. Backups hold it until they expire.',
    notRewritten:
      'Redis did not rewrite its append-only file: until it does (BGREWRITEAOF), the file holds what was removed.',
    elsewhere:
      'TOTVS CRM and RD Station keep their own records of the person: erase them there, before a webhook brings them back.',
  },
  forgetTenant: {
    description: 'remove everything that Redis holds of a tenant that is no longer in the tenants file',
    name: 'the name that it had',
    yes: 'yes, remove it: there is no way back',
    nameInvalid: (name: string) => `"${name}" cannot be the name of a tenant.`,
    configured: (name: string) =>
      `The tenant "${name}" is in the tenants file. Take it out there first, and restart ingress, workers and board.`,
    yesNeeded: 'Say --yes to remove it, or --dry-run to see what that would be.',
    working: (name: string) =>
      `A worker for "${name}" is connected: restart the workers (ingress and board too) with the tenants file of today first.`,
    keys: ({ count, dryRun }: { count: number; dryRun: boolean }) =>
      `${counted('en', count, 'key', 'keys')} in all ${dryRun ? 'would be removed' : 'removed'}`,
    left: (count: number) =>
      `${counted('en', count, 'key is', 'keys are')} there again: a process still works for the tenant. Restart it with the tenants file of today, and run the command again.`,
  },
}

export type Texts = typeof en
