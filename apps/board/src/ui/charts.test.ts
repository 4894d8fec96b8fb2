import fc from 'fast-check'
import { expect, test } from 'vitest'
import { STYLE } from './assets.ts'
import { roundMaximum, type Bar, stackedBars } from './charts.ts'

interface Rect {
  readonly tone: string | undefined
  readonly x: number
  readonly y: number
  readonly width: number
  readonly height: number
}

const rectsOf = (markup: string): Rect[] =>
  [...(/<g class="bars">.*/s.exec(markup)?.[0] ?? '').matchAll(/<rect\s([^>]*)\/>/g)].map(([, text = '']) => {
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
      span: 'hour',
      language: 'en',
      format: String,
      words: { time: 'Hour', asTable: 'As a table' },
    }).markup,
  )
}

/** Markup as a browser reads it: line breaks make no difference. */
const oneLine = (markup: string): string => markup.replaceAll(/\s+/g, ' ')

test('bars are as tall as their counts, and stand on each other', () => {
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

const spansOf = (markup: string, place: string): readonly string[] => {
  const [, inside = ''] = new RegExp(`<p class="${place}"[^>]*>(.*?)</p>`, 's').exec(markup) ?? []
  return [...inside.matchAll(/<span[^>]*>([^<]*)<\/span\s*>/g)].map(([, text = '']) => text)
}

test('a tick stands under the first of the bars that share it, and the last is the one that has not ended', () => {
  expect(spansOf(chart(), 'ticks')).toEqual(['26/11 13:00', 'now'])
})

test('the scale has zero, a middle and a round maximum that the tallest bar reaches', () => {
  expect(spansOf(chart(), 'scale')).toEqual(['40', '20', '0'])
  const scaleOf = (count: number) => spansOf(chart(bars.map(bar => ({ ...bar, counts: [count, 0] }))), 'scale')
  expect([1, 3, 7, 2127, 520].map(scaleOf)).toEqual([
    ['2', '1', '0'],
    ['4', '2', '0'],
    ['8', '4', '0'],
    ['3000', '1500', '0'],
    ['600', '300', '0'],
  ])
})

test('a maximum is round, so is its half, and most of the picture is used', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 1e9 }), most => {
      const round = roundMaximum(most, { isWhole: true })
      expect(round).toBeGreaterThanOrEqual(most)
      expect(round).toBeLessThanOrEqual(Math.max(2, most * 1.6))
      expect(String(round / 2)).toMatch(/^(?:15|25|[1-68])0*$/)
    }),
  )
  expect([0, 1, 0.5].map(most => roundMaximum(most, { isWhole: false }))).toEqual([1, 1, 0.5])
})

test('what came in one hour alone is said in a sentence', () => {
  const alone = (index: number) => bars.map((bar, at) => ({ ...bar, counts: at === index ? [30, 10] : [0, 0] }))
  const textOf = (markup: string) =>
    markup
      .replaceAll(/<[^>]*>/g, ' ')
      .replaceAll(/\s+/g, ' ')
      .trim()
  expect(textOf(chart(alone(1)))).toMatch(
    /^Events by hour All in the hour from 26\/11 14:00: delivered 30, failed 10\. As a table /,
  )
  expect(textOf(chart(alone(3)))).toMatch(/ All in this hour: delivered 30, failed 10\. /)
  expect(chart(alone(1))).not.toContain('<svg')
})

test('what failed is hatched, so that it is told apart without colours', () => {
  expect(chart()).toContain('<pattern id="hatch"')
  expect(STYLE).toMatch(/\.bars rect\.bad \{\s*fill: url\('#hatch'\)/)
})

test('a picture of nothing has no bars and no number that is none', () => {
  const empty = chart(bars.map(bar => ({ ...bar, counts: [0, 0] })))
  expect(rectsOf(empty)).toEqual([])
  expect(empty).not.toMatch(/NaN|Infinity|undefined|-\d/)
})

test('pictures bring no style and no script of their own, and no text that could be markup', () => {
  const markup = chart(['<b>"', '</g>'].map(name => ({ name, counts: [1, 1] })))
  expect(markup).not.toMatch(/style=|<script|<b>|<i>|on\w+=/)
})
