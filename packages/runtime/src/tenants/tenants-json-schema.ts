import { tenantsFile } from '@ponte/contracts'
import { z } from 'zod'

/** The JSON Schema of the tenants file, for editors. `docs/ponte.config.schema.json` holds it: `npm run fix` writes it. */
export const tenantsJsonSchema = (): string =>
  `${JSON.stringify({ title: 'Ponte: tenants file', ...z.toJSONSchema(tenantsFile, { io: 'input' }) }, undefined, 2)}\n`
