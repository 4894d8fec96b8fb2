import { afterAll, afterEach, beforeAll, beforeEach } from 'vitest'
import { type OpenBoard, openBoard } from './open-board.ts'
import { operate } from './operate.ts'

/** Opens a board for each test of the file, or for all of them. Gives it, and what a person does at it. */
export function useBoard({
  isShared = false,
  ...options
}: Parameters<typeof openBoard>[0] & { isShared?: boolean } = {}) {
  let opened: OpenBoard | undefined
  const board = (): OpenBoard => {
    if (opened === undefined) throw new Error('the board is opened before a test')
    return opened
  }
  const [before, after] = isShared ? [beforeAll, afterAll] : [beforeEach, afterEach]
  before(async () => {
    opened = await openBoard(options)
  })
  after(() => board().close())
  return { board, ...operate(board) }
}
