import { Gauge, type Registry } from 'prom-client';

/** @param isLeading null: there is no lease, so this scaler is the only one */
export function addLeaderMetric(registry: Registry, isLeading: () => boolean | null): void {
  new Gauge({
    name: 'muster_leader',
    help: '1 while this scaler leads or is the only one, 0 while it stands by',
    registers: [registry],
    collect() {
      this.set(isLeading() === false ? 0 : 1);
    },
  });
}
