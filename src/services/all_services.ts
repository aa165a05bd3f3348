import { catalogue } from "./catalogue.ts";
import type { CatalogueService } from "./catalogue_types.ts";
import { customerHosted } from "./customer_hosted.ts";

/** Every service of the catalogue, customer-hosted ones included. */
export const allServices: readonly CatalogueService[] = [...catalogue, ...customerHosted];
