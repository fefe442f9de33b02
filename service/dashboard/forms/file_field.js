// A file field whose file is sent to the API as it is, by the browser itself: nothing is kept in memory on the way.
// A small one is read by its page in pieces, as a message between the two is bounded.
const TYPES = { csv: "text/csv", parquet: "application/vnd.apache.parquet", npz: "application/x-npz" };

export default {
  template: `<input ref="file" type="file" class="file" accept=".csv,.parquet,.npz" aria-label="File" @change="chosen" />`,
  methods: {
    async chosen() {
      const file = this.$refs.file.files[0];
      if (!file) return;
      const csv = file.name.toLowerCase().endsWith(".csv");
      const lines = csv ? (await file.slice(0, 20000).text()).split(/\r?\n/).slice(0, 6) : [];
      this.$emit("chosen", { name: file.name, size: file.size, lines });
    },
    async piece(begin, end) {
      const bytes = new Uint8Array(await this.$refs.file.files[0].slice(begin, end).arrayBuffer());
      return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""));
    },
    async put(url) {
      const file = this.$refs.file.files[0];
      if (!file) return { status: 0, body: { detail: "choose a file first" } };
      const type = TYPES[file.name.split(".").pop().toLowerCase()] || "application/octet-stream";
      try {
        const answer = await fetch(url, { method: "PUT", headers: { "Content-Type": type }, body: file });
        return { status: answer.status, body: await answer.json() };
      } catch (error) {
        return { status: 0, body: { detail: `the upload broke off: ${error}` } };
      }
    },
  },
};
