/** Conditions by the Kubernetes API conventions: a list map by type whose timestamps move only when the status flips. */
import { type Static, Type } from '@sinclair/typebox';
import { OneOf } from './schema.ts';

export const Condition = Type.Object({
  type: Type.String({ minLength: 1, maxLength: 316, description: 'Name of the condition.' }),
  status: OneOf(['True', 'False', 'Unknown'], { description: 'Whether it holds.' }),
  observedGeneration: Type.Optional(
    Type.Integer({ minimum: 0, format: 'int64', description: 'Generation that it speaks of.' }),
  ),
  lastTransitionTime: Type.String({ format: 'date-time', description: 'When `status` last flipped.' }),
  reason: Type.String({
    minLength: 1,
    maxLength: 1024,
    pattern: '^[A-Za-z]([A-Za-z0-9_,:]*[A-Za-z0-9_])?$',
    description: 'Why, in one CamelCase word.',
  }),
  message: Type.String({ maxLength: 32768, description: 'Why, in a sentence that says what to do.' }),
});

export type Condition = Static<typeof Condition>;

/** A condition as reconciling finds it, before its time is known. */
export interface Finding {
  type: string;
  status: Condition['status'];
  reason: string;
  message: string;
}

/**
 * Turns findings into conditions.
 *
 * @param previous the conditions of the status that the parent carries; a condition keeps its `lastTransitionTime`
 *   from there for as long as its `status` stays.
 * @param generation the parent's generation that the findings speak of.
 * @param now RFC 3339 time without fractions, used where a status flips or a condition is new.
 */
export function toConditions(
  findings: readonly Finding[],
  previous: readonly Condition[],
  generation: number,
  now: string,
): Condition[] {
  return findings.map((finding) => {
    const before = previous.find((condition) => condition.type === finding.type);
    return {
      ...finding,
      observedGeneration: generation,
      lastTransitionTime: before?.status === finding.status ? before.lastTransitionTime : now,
    };
  });
}
