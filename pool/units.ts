/**
 * Units carried in type names. They are plain numbers at run time; the alias says what they count.
 * Text such as `90s` or `20GiB` becomes one of these once, in the loader, and never again.
 */

/** Seconds since 1970-01-01T00:00:00Z; fractions allowed. */
export type UnixSeconds = number;
/** A length of time in seconds. */
export type Seconds = number;
/** US dollars for one hour of one whole instance. */
export type UsdPerHour = number;
/** Tasks that run at once; an ASG override's weight and a group's desired capacity count these. */
export type Slots = number;
/** Relative performance of a whole instance. It divides a price: USD per hour / utility. */
export type Utility = number;
/** Binary gigabytes of disk, as EC2 counts volume sizes. */
export type Gibibytes = number;
