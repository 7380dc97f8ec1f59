// SPDX-License-Identifier: Apache-2.0
//
// An atomic's edges as ThreadSanitizer is told of them.
//
// A value carries a list of addresses, each of which stands for a part of what an acquiring read of it acquires:
// one that the heads of its release sequences released to, and one for each release fence before a relaxed
// write. A release store overwrites what was released to an address (the runtime's own atomic store does;
// __tsan_release would merge). An address that somebody remembers, because a relaxed read saw it or because it
// is a fence's, is never released to again; the next release takes a new one. Lists share their tails.
//
// (One address per atomic would not do: a relaxed store ends the sequences, a fence's edge is older than the
// store that carries it, and an acquire fence acquires what was there when it was read.)
#include "heddle/sync/internal/atomic_state.h"

#if HEDDLE_TSAN

extern "C" void __tsan_atomic8_store(volatile void* address, unsigned char value, int order);

namespace heddle::internal {

struct AtomicEdge {
  char byte = 0;  // its address, where it is no fence's
  bool kept = false;
  const void* address = nullptr;
  AtomicEdge* next = nullptr;
};

// The lists that a task's relaxed reads saw since its last acquire fence.
struct SeenEdges {
  AtomicEdge* edges = nullptr;
  SeenEdges* next = nullptr;
};

namespace {

HEDDLE_UNCHECKED AtomicEdge* NewEdge(const void* address, AtomicEdge* next) {
  Hidden hidden;
  auto* edge = x.arena.New<AtomicEdge>();
  edge->address = address != nullptr ? address : &edge->byte;
  edge->kept = address != nullptr;
  edge->next = next;
  return edge;
}

HEDDLE_UNCHECKED void Overwrite(AtomicEdge* edge) {
  __tsan_atomic8_store(&edge->byte, 0, __ATOMIC_RELEASE);
}

HEDDLE_UNCHECKED void AcquireAll(const AtomicEdge* edge) {
  for (; edge != nullptr; edge = edge->next) TsanAcquire(edge->address);
}

HEDDLE_UNCHECKED FenceClocks* Fences() {
  Hidden hidden;
  if (x.current->fences == nullptr) x.current->fences = x.arena.New<FenceClocks>();
  return x.current->fences;
}

HEDDLE_UNCHECKED void See(AtomicEdge* edges) {
  FenceClocks* fences = Fences();
  for (const SeenEdges* seen = fences->seen_edges; seen != nullptr; seen = seen->next) {
    if (seen->edges == edges) return;
  }
  Hidden hidden;
  edges->kept = true;
  auto* seen = x.arena.New<SeenEdges>();
  seen->edges = edges;
  seen->next = fences->seen_edges;
  fences->seen_edges = seen;
}

// The edge of the running task's last release fence; null: there was none.
HEDDLE_UNCHECKED AtomicEdge* FenceEdge() {
  const FenceClocks* fences = x.current->fences;
  return fences != nullptr ? fences->release_edge : nullptr;
}

HEDDLE_UNCHECKED bool Ignored() { return x.serial < kFirstSerial; }

}  // namespace

HEDDLE_UNCHECKED void TsanOnRead(AtomicState& a, std::memory_order order) {
  if (a.edges == nullptr || Ignored()) return;
  if (Acquires(order)) {
    AcquireAll(a.edges);
  } else {
    See(a.edges);
  }
}

HEDDLE_UNCHECKED void TsanOnStore(AtomicState& a, std::memory_order order) {
  if (Ignored()) return;
  if (Releases(order)) {
    const bool reuse = a.edges != nullptr && a.edges->next == nullptr && !a.edges->kept;
    if (!reuse) a.edges = NewEdge(nullptr, nullptr);
    Overwrite(a.edges);
  } else {
    const AtomicEdge* fence = FenceEdge();
    a.edges = fence != nullptr ? NewEdge(fence->address, nullptr) : nullptr;
  }
}

HEDDLE_UNCHECKED void TsanOnUpdate(AtomicState& a, std::memory_order order) {
  if (Ignored()) return;
  if (Releases(order)) {
    if (a.edges != nullptr && !a.edges->kept) return TsanRelease(&a.edges->byte);
    // What acquired all that was there carries it.
    a.edges = NewEdge(nullptr, Acquires(order) ? nullptr : a.edges);
    Overwrite(a.edges);
  } else if (const AtomicEdge* fence = FenceEdge()) {
    for (const AtomicEdge* edge = a.edges; edge != nullptr; edge = edge->next) {
      if (edge->address == fence->address) return;
    }
    a.edges = NewEdge(fence->address, a.edges);
  }
}

void TsanFence(std::memory_order order);
HEDDLE_UNCHECKED void TsanFence(std::memory_order order) {
  if (Acquires(order) && x.current->fences != nullptr) {
    for (const SeenEdges* seen = x.current->fences->seen_edges; seen != nullptr;
         seen = seen->next) {
      AcquireAll(seen->edges);
    }
    x.current->fences->seen_edges = nullptr;
  }
  if (Releases(order)) {
    AtomicEdge* edge = NewEdge(nullptr, nullptr);
    edge->kept = true;
    Overwrite(edge);
    Fences()->release_edge = edge;
  }
}

}  // namespace heddle::internal

#endif
