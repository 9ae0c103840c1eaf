import type { Path } from '../../../finding.js';
import { expectedFormat, formats } from '../../formats/index.js';
import type { Fields, Report } from '../report.js';

const OPERATORS = ['Equal', 'Exists', 'Gt', 'Lt'];

/** Which taints of nodes a pod puts up with. */
export function checkTolerations(tolerations: Fields[], path: Path, report: Report): void {
  for (const [index, { key, operator, value, effect, tolerationSeconds }] of tolerations.entries()) {
    const at = [...path, index];
    if (!key && operator !== 'Exists') report([...at, 'operator'], 'must be Exists where there is no key');
    if (operator === 'Exists' && value) report([...at, 'value'], 'Exists takes no value');
    if ((operator || 'Equal') === 'Equal' && value && !formats['label-value']!(value))
      report([...at, 'value'], `expected ${expectedFormat('label-value')}; got ${JSON.stringify(value)}`);
    if (operator && !OPERATORS.includes(operator))
      report([...at, 'operator'], `expected one of ${OPERATORS.join(', ')}; got ${JSON.stringify(operator)}`);
    else if (operator === 'Gt' || operator === 'Lt')
      report(
        [...at, 'operator'],
        `${operator} needs the feature gate TaintTolerationComparisonOperators, which no Kubernetes has on by itself; expected Equal or Exists`,
      );
    if (typeof tolerationSeconds === 'number' && effect !== 'NoExecute')
      report([...at, 'effect'], 'must be NoExecute where tolerationSeconds is set');
  }
}
