// A canvas to draw a digit on, with a pointer or with the arrow keys (Shift draws). What was drawn is cut out,
// scaled into `fill` of `rows` x `columns` and emitted as rows of numbers from 0 to `top`.
const SIZE = 252;

export default {
  template: `<div class="drawing"><canvas ref="canvas" width="${SIZE}" height="${SIZE}" tabindex="0" role="img"
    aria-label="Drawing area: draw with the pointer, or move with the arrow keys and hold Shift to draw"
    @pointerdown="start" @pointermove="move" @pointerup="stop" @pointercancel="stop" @keydown="key"></canvas></div>`,
  props: { rows: Number, columns: Number, top: Number, fill: Number },
  mounted() {
    this.pen = this.$refs.canvas.getContext("2d", { willReadFrequently: true });
    this.at = { x: SIZE / 2, y: SIZE / 2 };
    this.clear();
  },
  methods: {
    clear() {
      this.pen.fillStyle = "white";
      this.pen.fillRect(0, 0, SIZE, SIZE);
      Object.assign(this.pen, { lineWidth: SIZE / 10, lineCap: "round", lineJoin: "round", strokeStyle: "black" });
    },
    start(event) {
      this.$refs.canvas.setPointerCapture(event.pointerId);
      this.drawing = true;
      this.at = this.place(event);
      this.line(this.at);
    },
    move(event) {
      if (this.drawing) this.line(this.place(event));
    },
    stop() {
      if (this.drawing) this.emit();
      this.drawing = false;
    },
    key(event) {
      const [x, y] = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key] || [0, 0];
      if (!x && !y) return;
      event.preventDefault();
      const step = SIZE / 20;
      const to = { x: Math.min(SIZE, Math.max(0, this.at.x + x * step)), y: Math.min(SIZE, Math.max(0, this.at.y + y * step)) };
      if (event.shiftKey) {
        this.line(to);
        this.emit();
      }
      this.at = to;
    },
    place(event) {
      const box = this.$refs.canvas.getBoundingClientRect();
      return { x: ((event.clientX - box.left) / box.width) * SIZE, y: ((event.clientY - box.top) / box.height) * SIZE };
    },
    line(to) {
      this.pen.beginPath();
      this.pen.moveTo(this.at.x, this.at.y);
      this.pen.lineTo(to.x, to.y);
      this.pen.stroke();
      this.at = to;
    },
    ink() {
      const data = this.pen.getImageData(0, 0, SIZE, SIZE).data;
      let [left, top, right, bottom] = [SIZE, SIZE, -1, -1];
      for (let y = 0; y < SIZE; y++)
        for (let x = 0; x < SIZE; x++)
          if (data[4 * (y * SIZE + x)] < 128) {
            left = Math.min(left, x);
            right = Math.max(right, x);
            top = Math.min(top, y);
            bottom = Math.max(bottom, y);
          }
      return { left, top, width: right - left + 1, height: bottom - top + 1 };
    },
    emit() {
      const { left, top, width, height } = this.ink();
      if (width < 1) return;
      // each cell is the mean of 8 x 8 dots, which is how both sets of digits were made smaller
      const small = Object.assign(document.createElement("canvas"), { width: this.columns * 8, height: this.rows * 8 });
      const brush = small.getContext("2d");
      brush.fillStyle = "white";
      brush.fillRect(0, 0, small.width, small.height);
      const scale = Math.min((small.width * this.fill) / width, (small.height * this.fill) / height);
      const [w, h] = [width * scale, height * scale];
      brush.drawImage(this.$refs.canvas, left, top, width, height, (small.width - w) / 2, (small.height - h) / 2, w, h);
      const data = brush.getImageData(0, 0, small.width, small.height).data;
      const cell = (row, column) => {
        let sum = 0;
        for (let y = 0; y < 8; y++)
          for (let x = 0; x < 8; x++) sum += 255 - data[4 * ((row * 8 + y) * small.width + column * 8 + x)];
        return Math.round((this.top * sum) / (255 * 64));
      };
      const pixels = Array.from({ length: this.rows }, (_, r) => Array.from({ length: this.columns }, (_, c) => cell(r, c)));
      this.$emit("drawn", pixels);
    },
  },
};
