/**
 * Whether a value can stand in an `Integration-Filter` header as it is: no way to escape the syntax
 * `{field->operator->value}` is known (reference totvs-crm.md §1.3), so a value that holds a part of it, or anything but
 * printable ASCII, is looked up another way or refused. SPEC §8.
 */
export const isFilterSafe = (value: string): boolean => /^[ -~]+$/.test(value) && !/[{}]|->|\|\||&&/.test(value)
