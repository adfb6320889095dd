/** The report of a registration: bounded by who writes it, and mistrusted by who reads it. */
import { Value } from '@sinclair/typebox/value';
import fc from 'fast-check';
import t from 'tap';
import {
  boundReport,
  FAILURES,
  type FailureReason,
  REASONS,
  type Reason,
  RegistrationReport,
  readReport,
} from '../../src/api/registrations.ts';
import { MOST_BYTES } from '../../src/api/terminationmessage.ts';

const counts = { wanted: 1, added: 1, changed: 0, removed: 0, unchanged: 0, failed: 0 };
const applied: RegistrationReport = { reason: 'Applied', message: 'Done.', hash: 'h1', counts, failures: [] };

t.test('what was written is read again, and what is no report is told as such', async (t) => {
  t.strictSame(readReport(JSON.stringify(applied)), { report: applied });
  const problem = (text: string) => (readReport(text) as { problem: string }).problem;
  t.equal(problem(''), 'it ended without a report');
  t.equal(problem('Killed'), 'its report is not JSON');
  t.equal(problem(JSON.stringify({ ...applied, hash: undefined })), 'its report has no hash');
  t.equal(
    problem(JSON.stringify({ ...applied, reason: 'Fine' })),
    'its report has no right reason: it must be one of the known words',
  );
});

t.test('names of servers go first where there are too many, and the counts stay', async (t) => {
  const servers = Array.from({ length: 2000 }, (_, n) => `some-namespace/server-${n}`);
  const failures = [
    { reason: 'Refused' as const, message: 'No.', servers },
    { reason: 'NameConflict' as const, message: 'Taken.', servers: ['default/search'] },
  ];
  const bounded = boundReport({ ...applied, counts: { ...counts, failed: 2001 }, failures });
  t.equal(bounded.counts.failed, 2001);
  t.match(bounded.failures[1], failures[1]);
  const { length } = bounded.failures[0]!.servers;
  t.ok(length > 50 && length < 2000);
});

t.test('whatever it says: it fits, is printable, and reads as it was written', async () => {
  const text = fc.string({ unit: 'binary', maxLength: 600 });
  const report = fc.record({
    reason: fc.constantFrom(...(Object.keys(REASONS) as Reason[])),
    message: text,
    hash: text,
    counts: fc.constant(counts),
    failures: fc.array(
      fc.record({
        reason: fc.constantFrom(...(Object.keys(FAILURES) as FailureReason[])),
        message: text,
        servers: fc.array(text, { maxLength: 20 }),
      }),
      { maxLength: 40 },
    ),
  });
  fc.assert(
    fc.property(report, (found) => {
      const bounded = boundReport(found);
      const written = JSON.stringify(bounded);
      if (Buffer.byteLength(written) > MOST_BYTES || /[\p{Cc}\p{Cs}]/u.test(written)) return false;
      const read = readReport(written);
      return (
        Value.Check(RegistrationReport, bounded) && 'report' in read && Value.Equal(read.report, bounded)
      );
    }),
    { numRuns: 50 },
  );
});
