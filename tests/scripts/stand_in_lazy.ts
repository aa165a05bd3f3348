console.log("evaluated");

export const lazy = "lazy";
