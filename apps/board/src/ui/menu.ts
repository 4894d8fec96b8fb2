import type { User } from '../auth/credentials.ts'
import { BULL_BOARD } from '../bull-board/addresses.ts'
import type { Texts } from './language.ts'

/** What waits for somebody, as the menu counts it. */
export interface MenuCounts {
  readonly failed: number
  readonly waiting: number
}

interface Link {
  readonly href: string
  readonly text: Texts
  readonly operatorOnly?: boolean
  readonly counts?: keyof MenuCounts
}

/** The board's pages, as they link to each other. */
const navigation: readonly Link[] = [
  { href: '/', text: { 'pt-BR': 'Visão geral', en: 'Overview' } },
  { href: '/failures', text: { 'pt-BR': 'Falhas', en: 'Failures' }, counts: 'failed' },
  { href: '/waiting', text: { 'pt-BR': 'Em espera', en: 'Waiting' }, counts: 'waiting' },
  { href: BULL_BOARD, text: { 'pt-BR': 'Filas', en: 'Queues' } },
  { href: '/connections', text: { 'pt-BR': 'Conexões', en: 'Connections' } },
  { href: '/preview', text: { 'pt-BR': 'Prévia', en: 'Preview' }, operatorOnly: true },
  { href: '/error-codes', text: { 'pt-BR': 'Catálogo de erros', en: 'Error codes' } },
  { href: '/audit', text: { 'pt-BR': 'Auditoria', en: 'Audit' }, operatorOnly: true },
  { href: '/logout', text: { 'pt-BR': 'Sair', en: 'Log out' } },
]

export const navigationFor = (user: User | undefined): readonly Link[] =>
  navigation.filter(({ operatorOnly }) => operatorOnly !== true || user?.role === 'operator')
