import type { Fleet } from '../pool/pool.ts';

/** The name of the API, which stands for the instance whose scaler leads. */
export interface ScalerAddress {
  /** Of a private hosted zone of Route 53, such as Z0123456789ABCDEFGHIJ. */
  readonly zoneId: string;
  /** The host of the heartbeats' URL. */
  readonly name: string;
}

/** null: the fleet names no zone, so someone else sees to the address. */
export function scalerAddress({ infrastructure, heartbeat }: Fleet): ScalerAddress | null {
  const zoneId = infrastructure.scaler?.addressZone ?? null;
  if (zoneId === null || heartbeat === null) return null;
  return { zoneId, name: new URL(heartbeat.url).hostname };
}
