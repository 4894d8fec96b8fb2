import { expect, test } from 'vitest'
import { readCrmError } from './api-error.ts'

test.each([
  {
    shape: 'the TOTVS standard',
    body: {
      code: 'LEAD-01',
      message: 'Lead inválido',
      detailedMessage: 'roleId is null',
      details: [{ code: 'F-1', message: 'Obrigatório', detailedMessage: 'Obrigatório' }],
    },
    types: ['LEAD-01', 'F-1'],
    message: 'LEAD-01: Lead inválido roleId is null; F-1: Obrigatório',
  },
  {
    shape: 'capitalised keys',
    body: { Code: 400, Message: 'Bad', DetailedMessage: '' },
    types: ['400'],
    message: '400: Bad',
  },
  { shape: 'a list', body: [{ MESSAGE: 'one' }, { message: 'two' }], types: [], message: 'one; two' },
  {
    shape: 'a list under `errors`',
    body: { success: false, errors: [{ code: 'F-1', message: 'Obrigatório' }, 'Nome vazio'] },
    types: ['F-1'],
    message: 'F-1: Obrigatório; Nome vazio',
  },
  {
    shape: 'the error of Protheus',
    body: { errorCode: 400, errorMessage: 'Obrigatório' },
    types: ['400'],
    message: '400: Obrigatório',
  },
  { shape: 'text', body: 'Constraint violation', types: [], message: 'Constraint violation' },
  { shape: 'a web page', body: '\n<!doctype html><p>x</p>', types: [], message: '' },
  { shape: 'nothing', body: '', types: [], message: '' },
])('$shape is read', ({ body, types, message }) => {
  expect(readCrmError(body)).toEqual({ types, message })
})
