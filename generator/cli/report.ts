import { type Finding, formatPath, objectLabel } from '../checks/index.js';

export function formatFinding({ rule, object, path, message }: Finding): string {
  return `${objectLabel(object)}: ${formatPath(path)}: ${message} [${rule}]`;
}
