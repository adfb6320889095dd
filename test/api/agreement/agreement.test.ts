import t from 'tap';
import { mcpServerResource } from '../../../src/api/mcpserver.ts';
import { formatProblem } from '../../../src/api/problem.ts';
import { formatPath } from '../../../src/api/sites.ts';
import { validatorOf } from '../../../src/api/validate.ts';
import { cases, unknownFields } from './cases.ts';
import { IMAGE } from './full.ts';

const validator = validatorOf(mcpServerResource);

for (const { name, object, valid, field } of cases) {
  const parent = validator.withDefaults({ metadata: { name: 'search' }, ...object });
  const problems = validator.validate(parent);
  if (valid) t.strictSame(problems.map(formatProblem), [], `accepts ${name}`);
  else {
    const fields = problems.map(({ path }) => formatPath(path));
    t.ok(fields.includes(field!), `refuses ${name}`, { field, problems: problems.map(formatProblem) });
  }
}

t.test('fields that the kind does not have are named, and only by unknownFields', async (t) => {
  for (const { name, spec, field } of unknownFields) {
    const object = validator.withDefaults({ metadata: { name: 'search' }, spec: { image: IMAGE, ...spec } });
    t.strictSame(validator.validate(object), [], name);
    t.strictSame(
      validator.unknownFields(object).map(({ path }) => formatPath(path)),
      [field],
      name,
    );
  }
});

t.test('every case has a name of its own', async (t) => {
  const names = cases.map(({ name }) => name);
  t.equal(new Set(names).size, names.length);
  t.ok(names.length >= 60);
});
