import type { User } from '../auth/credentials.ts'
import { BULL_BOARD } from '../bull-board/addresses.ts'
import type { Texts } from './language.ts'

/** What waits for somebody, as the menu counts it. */
export interface MenuCounts {
  readonly failed: number
  readonly waiting: number
}

export interface MenuLink {
  readonly href: string
  readonly text: Texts
  readonly operatorOnly?: boolean
  readonly counts?: keyof MenuCounts
  /** Looked at each day. The others are in a row of their own. */
  readonly isFirst?: boolean
}

/** The board's pages, as they link to each other. */
const navigation: readonly MenuLink[] = [
  { href: '/', text: { 'pt-BR': 'Visão geral', en: 'Overview' }, isFirst: true },
  { href: '/failures', text: { 'pt-BR': 'Falhas', en: 'Failures' }, counts: 'failed', isFirst: true },
  { href: '/waiting', text: { 'pt-BR': 'Em espera', en: 'Waiting' }, counts: 'waiting', isFirst: true },
  { href: BULL_BOARD, text: { 'pt-BR': 'Filas', en: 'Queues' }, isFirst: true },
  { href: '/connections', text: { 'pt-BR': 'Conexões', en: 'Connections' } },
  { href: '/preview', text: { 'pt-BR': 'Prévia', en: 'Preview' }, operatorOnly: true },
  { href: '/error-codes', text: { 'pt-BR': 'Catálogo de erros', en: 'Error codes' } },
  { href: '/audit', text: { 'pt-BR': 'Auditoria', en: 'Audit' }, operatorOnly: true },
  { href: '/logout', text: { 'pt-BR': 'Sair', en: 'Log out' } },
]

export const navigationFor = (user: User | undefined): readonly MenuLink[] =>
  navigation.filter(({ operatorOnly }) => operatorOnly !== true || user?.role === 'operator')
