"""A script that listens to everything a page plays and notes its socket's messages, with times."""

# Everything that is connected to a loudspeaker also goes to a recorder. Times are performance.now().
# A block's time is its last sample's: when the callback runs, the block has just been rendered.
TAP = """
(() => {
  const tap = { blocks: [], messages: [], sources: [] };
  window.voicexTap = tap;
  const recorders = new WeakMap();
  const connect = AudioNode.prototype.connect;
  function recorder(context) {
    if (recorders.has(context)) return recorders.get(context);
    const node = context.createScriptProcessor(256, 1, 1);
    recorders.set(context, node);
    node.onaudioprocess = ({ inputBuffer }) => {
      const samples = inputBuffer.getChannelData(0);
      let sum = 0;
      for (const sample of samples) sum += sample * sample;
      tap.blocks.push({ at: performance.now(), rms: Math.sqrt(sum / samples.length) });
    };
    connect.call(node, context.destination);
    return node;
  }
  AudioNode.prototype.connect = function (target, ...rest) {
    // Only what may sound: a microphone's processor leads to the loudspeaker too, but plays nothing.
    if (target instanceof AudioDestinationNode && this.context.sampleRate === 24000) {
      connect.call(this, recorder(this.context));
    }
    return connect.call(this, target, ...rest);
  };
  const started = [];
  tap.stopAll = () => {
    for (const source of started.splice(0)) source.stop();
  };
  const start = AudioBufferSourceNode.prototype.start;
  AudioBufferSourceNode.prototype.start = function (...args) {
    const samples = this.buffer.getChannelData(0);
    let sum = 0;
    for (const sample of samples) sum += sample * sample;
    tap.sources.push({
      at: performance.now(), durationMs: this.buffer.duration * 1000, rateHz: this.buffer.sampleRate,
      rms: Math.sqrt(sum / samples.length),
    });
    started.push(this);
    return start.apply(this, args);
  };
  const Native = window.WebSocket;
  window.WebSocket = class extends Native {
    constructor(...args) {
      super(...args);
      tap.socket = this;
      this.addEventListener("message", ({ data }) => {
        const at = performance.now();
        if (typeof data === "string") tap.messages.push({ at, ...JSON.parse(data) });
        else tap.messages.push({ at, type: "binary", bytes: data.byteLength ?? data.size });
      });
      this.addEventListener("close", ({ code }) => {
        tap.messages.push({ at: performance.now(), type: "close", code });
      });
    }
  };
})();
"""
