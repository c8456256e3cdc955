/** Zones of a region: six in us-east-1, as AWS has there, three elsewhere. */
export function zonesOfRegion(region: string): readonly string[] {
  const letters = region === 'us-east-1' ? 'abcdef' : 'abc';
  return [...letters].map((letter) => `${region}${letter}`);
}

/** AWS names zones by an id that is the same in all accounts, such as `euw1-az1`. */
export function zoneId(zone: string): string {
  const [area = '', direction = '', number = ''] = zone.slice(0, -1).split('-');
  const letter = zone.charCodeAt(zone.length - 1) - 'a'.charCodeAt(0) + 1;
  const short = direction.replace(/^(north|south)(east|west)$/, '$1 $2').split(' ');
  return `${area}${short.map(([first = '']) => first).join('')}${number}-az${letter}`;
}
