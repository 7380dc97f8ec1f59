// SPDX-License-Identifier: Apache-2.0
//
// Happens-before edges of select, of FIFO channels and of operations with deadlines.
#include <chrono>
#include <optional>

#include "heddle/sync/channel.h"
#include "heddle/sync/select.h"
#include "heddle/sync/task.h"
#include "support/edges.h"
#include "support/scenario.h"

namespace heddle::testing_support {
namespace {

using namespace std::chrono_literals;

constexpr ChannelOptions kInOrder = {.fifo = true};

struct SelectWorld {
  Channel<int> one{1};
  Channel<int> two{2};
  Channel<int> unbuffered{0};
  Channel<int> fifo{1, kInOrder};
  Channel<int> fifo_unbuffered{0, kInOrder};
  Channel<int> never{0};
  Stage stage;
};

const Edge<SelectWorld> kSelectEdges[] = {
    {"a send case to a receive case, buffered",
     [](SelectWorld& w) { Select(OnSend(w.one, 1), OnReceive(w.never)); },
     [](SelectWorld& w) { Select(OnReceive(w.one), OnReceive(w.never)); }},
    {"a send case to a receive case, unbuffered",
     [](SelectWorld& w) { Select(OnSend(w.unbuffered, 1), OnReceive(w.never)); },
     [](SelectWorld& w) { Select(OnReceive(w.unbuffered), OnReceive(w.never)); }},
    {"a receive case to a send case, unbuffered",
     [](SelectWorld& w) { Select(OnReceive(w.unbuffered), OnReceive(w.never)); },
     [](SelectWorld& w) { Select(OnSend(w.unbuffered, 1), OnReceive(w.never)); }},
    {"a receive case to the send that takes its place",
     [](SelectWorld& w) { Select(OnReceive(w.one), OnReceive(w.never)); },
     [](SelectWorld& w) { Select(OnSend(w.one, 2), OnReceive(w.never)); },
     [](SelectWorld& w) { w.one.Send(1); }},
    {"Send to a receive case beside a default", [](SelectWorld& w) { w.one.Send(1); },
     [](SelectWorld& w) {
       while (Select(OnReceive(w.one), Default()) != 0) Yield();
     }},
    {"Close to a receive case", [](SelectWorld& w) { w.one.Close(); },
     [](SelectWorld& w) { Select(OnReceive(w.one), OnReceive(w.never)); }},
    {"FIFO: Send to Receive", [](SelectWorld& w) { w.fifo.Send(1); },
     [](SelectWorld& w) { (void)w.fifo.Receive(); }},
    {"FIFO: the second Send to the second Receive", [](SelectWorld& w) { w.fifo.Send(2); },
     [](SelectWorld& w) { (void)w.fifo.Receive(), (void)w.fifo.Receive(); },
     [](SelectWorld& w) { w.fifo.Send(1); }},
    {"FIFO: Receive k to Send k+1", [](SelectWorld& w) { (void)w.fifo.Receive(); },
     [](SelectWorld& w) { w.fifo.Send(2); }, [](SelectWorld& w) { w.fifo.Send(1); }},
    {"FIFO, unbuffered: Send to Receive", [](SelectWorld& w) { w.fifo_unbuffered.Send(1); },
     [](SelectWorld& w) { (void)w.fifo_unbuffered.Receive(); }},
    {"FIFO, unbuffered: Receive to Send", [](SelectWorld& w) { (void)w.fifo_unbuffered.Receive(); },
     [](SelectWorld& w) { w.fifo_unbuffered.Send(1); }},
    {"TrySendFor to TryReceiveFor",
     [](SelectWorld& w) {
       while (!w.two.TrySendFor(1, 1h)) Yield();
     },
     [](SelectWorld& w) {
       while (!w.two.TryReceiveFor(1h)) Yield();
     }},
    {"unbuffered TrySendFor to TryReceiveFor",
     [](SelectWorld& w) {
       while (!w.unbuffered.TrySendFor(1, 1h)) Yield();
     },
     [](SelectWorld& w) {
       while (!w.unbuffered.TryReceiveFor(1h)) Yield();
     }},
};

const NonEdge<SelectWorld> kSelectNonEdges[] = {
    {"FIFO: Receive to an earlier Send", [](SelectWorld& w) { (void)w.fifo.Receive(); },
     [](SelectWorld& w) { (void)w.fifo.TryReceive(); }, [](SelectWorld& w) { w.fifo.Send(1); }},
    {"Send to another case", [](SelectWorld& w) { w.one.Send(1); },
     [](SelectWorld& w) { Select(OnSend(w.two, 1), OnReceive(w.never)); }},
    {"a default", [](SelectWorld& w) { Select(OnReceive(w.never), Default()); },
     [](SelectWorld& w) { Select(OnReceive(w.never), Default()); }},
    {"Len", [](SelectWorld& w) { w.two.Send(1); }, [](SelectWorld& w) { (void)w.two.Len(); }},
    {"a wait that was given up", [](SelectWorld& w) { (void)w.never.TryReceiveFor(1ns); },
     [](SelectWorld& w) { (void)w.never.TrySendFor(1, 1ns); }},
};

TEST(SelectOrderTest, WhatIsBeforeThePublicationIsOrderedAndWhatIsAfterItIsNot) {
  for (const auto& edge : kSelectEdges) ExpectOrders(edge);
}

TEST(SelectOrderTest, OtherOperationsOrderNothing) {
  for (const auto& row : kSelectNonEdges) ExpectOrdersNothing(row);
}

}  // namespace
}  // namespace heddle::testing_support
