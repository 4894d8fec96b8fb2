import { expect, test } from 'vitest'
import { type Bar, stackedBars } from './stacked-bars.ts'

interface Rect {
  readonly tone: string | undefined
  readonly x: number
  readonly y: number
  readonly width: number
  readonly height: number
}

const rectsOf = (markup: string): Rect[] =>
  [...markup.matchAll(/<rect\s([^>]*)\/>/g)].map(([, text = '']) => {
    const of = (name: string): number => Number(new RegExp(String.raw`(?:^|\s)${name}="([\d.]+)"`).exec(text)?.[1] ?? 0)
    const tone = /class="(\w+)"/.exec(text)?.[1]
    return { tone, x: of('x'), y: of('y'), width: of('width'), height: of('height') }
  })

const layers = [
  { name: 'delivered', tone: 'good' },
  { name: 'failed', tone: 'bad' },
] as const
const bars: readonly Bar[] = [
  { name: '26/11 13:00', counts: [30, 10] },
  { name: '26/11 14:00', counts: [0, 0] },
  { name: '26/11 15:00', counts: [20, 0] },
  { name: '26/11 16:00', counts: [0, 1] },
]
function chart(given = bars): string {
  return oneLine(
    stackedBars({
      title: 'Events by hour',
      layers,
      bars: given,
      barsByTick: 2,
      format: String,
      words: { time: 'Hour', asTable: 'As a table' },
    }).markup,
  )
}

/** Markup as a browser reads it: line breaks make no difference. */
const oneLine = (markup: string): string => markup.replaceAll(/\s+/g, ' ')

test('bars are as tall as their counts, stand on each other and fill the picture with the largest', () => {
  const rects = rectsOf(chart())
  expect(rects.map(({ tone, y, height }) => [tone, y, height])).toEqual([
    ['good', 50, 150],
    ['bad', 0, 50],
    ['good', 100, 100],
    ['bad', 195, 5],
  ])
  expect(rects[0]?.x).toBe(rects[1]?.x)
  expect(rects[2]?.x).toBeGreaterThan((rects[0]?.x ?? 0) + (rects[0]?.width ?? 0))
})

test('who does not see a picture reads its sums, and each number in a table', () => {
  const markup = chart()
  expect(markup).toContain('role="img" aria-label="Events by hour: delivered 50, failed 11"')
  const rows = [...markup.matchAll(/<tr>\s*<th scope="row">([^<]*)<\/th>(.*?)<\/tr>/gs)].map(([, name, cells = '']) => [
    name,
    ...[...cells.matchAll(/<td[^>]*>([^<]*)<\/td>/g)].map(([, cell]) => cell),
  ])
  expect(rows).toEqual(bars.map(({ name, counts }) => [name, ...counts.map(String)]))
})

test('a tick stands under the first of the bars that share it', () => {
  const [, ticks = ''] = /<p class="ticks"[^>]*>(.*?)<\/p>/s.exec(chart()) ?? []
  expect([...ticks.matchAll(/<span>([^<]*)<\/span>/g)].map(([, tick]) => tick)).toEqual(['26/11 13:00', '26/11 15:00'])
})

test('a picture of nothing has no bars and no number that is none', () => {
  const empty = chart(bars.map(bar => ({ ...bar, counts: [0, 0] })))
  expect(rectsOf(empty)).toEqual([])
  expect(empty).not.toMatch(/NaN|Infinity|undefined|-\d/)
})

test('pictures bring no style and no script of their own, and no text that could be markup', () => {
  const markup = chart([{ name: '<b>"', counts: [1, 1] }])
  expect(markup).not.toMatch(/style=|<script|<b>|<i>|on\w+=/)
})
