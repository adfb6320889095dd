/**
 * The API server's side of an admission webhook: AdmissionReview of `admission.k8s.io/v1`, in and out. Whatever comes in,
 * the answer is one that the API server understands, and as long as `kubectl` can show.
 */

import type { Problem } from '../api/problem.ts';
import { formatPath } from '../api/sites.ts';

export const REVIEW = { apiVersion: 'admission.k8s.io/v1', kind: 'AdmissionReview' } as const;

export interface GroupVersionKind {
  group: string;
  version: string;
  kind: string;
}

/** What the API server wants to have judged; the fields of its AdmissionRequest that we read. */
export interface AdmissionRequest {
  uid: string;
  kind: GroupVersionKind;
  resource: { group: string; version: string; resource: string };
  subResource?: string;
  name?: string;
  namespace?: string;
  operation: string;
  object?: unknown;
  oldObject?: unknown;
}

/** What is said of an object: what refuses it, and what its author should know. */
export interface Verdict {
  problems: readonly Problem[];
  warnings: readonly Problem[];
}

interface Status {
  status: 'Failure';
  code: number;
  reason: string;
  message: string;
  details?: {
    name: string;
    group: string;
    kind: string;
    causes: { reason: string; message: string; field: string }[];
  };
}

export interface AdmissionReview {
  apiVersion: typeof REVIEW.apiVersion;
  kind: typeof REVIEW.kind;
  response: { uid: string; allowed: boolean; warnings?: string[]; status?: Status };
}

/** More than a person reads at once. */
const MOST_PROBLEMS = 20;
const LONGEST_PROBLEM = 400;
/** The API server cuts warnings at 256 characters, and all of them together at 4096. */
const MOST_WARNINGS = 10;
const LONGEST_WARNING = 250;

/** A review that asks for something that no webhook of ours is for. */
export function misdirected(uid: string, message: string): AdmissionReview {
  return answer(uid, {
    status: 'Failure',
    code: 400,
    reason: 'BadRequest',
    message: cut(message, LONGEST_PROBLEM),
  });
}

/** @returns the answer for an object of a kind of ours. */
export function answerTo(request: AdmissionRequest, { problems, warnings }: Verdict): AdmissionReview {
  const shown = warnings.slice(0, MOST_WARNINGS).map((one) => cut(format(one), LONGEST_WARNING));
  const review = answer(request.uid, problems.length > 0 ? refusal(request, problems) : undefined);
  if (shown.length > 0) review.response.warnings = shown;
  return review;
}

function answer(uid: string, status: Status | undefined): AdmissionReview {
  return { ...REVIEW, response: { uid, allowed: status === undefined, ...(status ? { status } : {}) } };
}

/** As the API server itself refuses what its schema does not allow, so that `kubectl` shows a line for each problem. */
function refusal({ kind, name = '' }: AdmissionRequest, problems: readonly Problem[]): Status {
  const shown = problems.slice(0, MOST_PROBLEMS);
  const causes = shown.map(({ path, detail }) => ({
    reason: reasonOf(detail),
    message: cut(detail, LONGEST_PROBLEM),
    field: cut(formatPath(path), LONGEST_PROBLEM),
  }));
  const more = problems.length - shown.length;
  if (more > 0)
    causes.push({ reason: 'FieldValueInvalid', message: `and ${more} more problems`, field: 'spec' });
  const lines = causes.map(({ field, message }) => `${field}: ${message}`);
  const list = lines.length === 1 ? lines[0] : `[${lines.join(', ')}]`;
  const id = cut(name, 253);
  return {
    status: 'Failure',
    code: 422,
    reason: 'Invalid',
    message: `${kind.kind}.${kind.group} "${id}" is invalid: ${list}`,
    details: { name: id, group: kind.group, kind: kind.kind, causes },
  };
}

function reasonOf(detail: string): string {
  if (detail.startsWith('Required value')) return 'FieldValueRequired';
  return detail.startsWith('Forbidden') ? 'FieldValueForbidden' : 'FieldValueInvalid';
}

function format({ path, detail }: Problem): string {
  return `${formatPath(path)}: ${detail}`;
}

/** Half of a character that takes two would make the whole answer one that Go cannot read. */
function cut(text: string, most: number): string {
  return (text.length <= most ? text : `${text.slice(0, most - 1)}…`).toWellFormed();
}
