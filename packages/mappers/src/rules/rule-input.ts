export { type RuleInput, valuesAt } from '@ponte/contracts'
