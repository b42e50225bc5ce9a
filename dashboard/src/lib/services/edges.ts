import type { MapEdge } from '../api/events';
import { emptyForm, formatQuery, quoted } from '../traces/query';

/**
 * The query for traces in which one service calls the other. What sends no spans itself is known by the attributes with which
 * its callers name it, so of such an edge the caller's side is asked for.
 */
export function edgeQuery({ client, server, kind }: Pick<MapEdge, 'client' | 'server' | 'kind'>): string {
  if (kind === 'database' || kind === 'virtual_node') return `{ resource.service.name = ${quoted(client)} && kind = client }`;
  if (client === 'user') return formatQuery({ ...emptyForm, service: server });
  return `{ resource.service.name = ${quoted(client)} } >> { resource.service.name = ${quoted(server)} }`;
}
