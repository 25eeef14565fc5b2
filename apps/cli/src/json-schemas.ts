import { proofCounts } from '@graft/node/results';
import * as z from 'zod';

/** `graft verify --json` */
export const verifySchema = z.strictObject({ source: z.string(), ...proofCounts, match: z.boolean() });

/** `graft doctor --json` */
export const doctorSchema = z.strictObject({
  node: z.string(),
  platform: z.string(),
  backends: z.array(
    z.strictObject({
      name: z.string(),
      usable: z.boolean(),
      reason: z.string().nullable(),
      selfTest: z.enum(['passed', 'failed']).nullable(),
      version: z.string().nullable(),
    }),
  ),
});

/** What every command prints with --json where it fails. */
export const errorSchema = z.strictObject({
  error: z.strictObject({
    code: z.string(),
    message: z.string(),
    hint: z.string().nullable(),
    details: z.json(),
  }),
});

export type VerifyResult = z.infer<typeof verifySchema>;
export type DoctorResult = z.infer<typeof doctorSchema>;
