/** The settings that addresses and ids are built from. */
export interface Site {
  /** The service's address, without a slash at the end. */
  publicUrl: string;
  /** The authority of item ids (RFC 4151): `domain,year`. */
  tagAuthority: string;
}
