/** Label selectors, as the API server and Metacontroller read them. */

export interface LabelSelector {
  matchLabels?: Record<string, string>;
  matchExpressions?: {
    key: string;
    operator: 'In' | 'NotIn' | 'Exists' | 'DoesNotExist';
    values?: string[];
  }[];
}

/** @returns whether labels fulfil every condition; an empty selector has none. */
export function selects(
  { matchLabels = {}, matchExpressions = [] }: LabelSelector,
  labels: Record<string, string> = {},
): boolean {
  return (
    Object.entries(matchLabels).every(([key, value]) => valueIn(labels, key) === value) &&
    matchExpressions.every(({ key, operator, values = [] }) => {
      const value = valueIn(labels, key);
      if (operator === 'Exists' || operator === 'DoesNotExist')
        return (value !== undefined) === (operator === 'Exists');
      const isIn = value !== undefined && values.includes(value);
      // What has no such label is not in either.
      return isIn === (operator === 'In');
    })
  );
}

function valueIn(labels: Record<string, string>, key: string): string | undefined {
  return Object.hasOwn(labels, key) ? labels[key] : undefined;
}
