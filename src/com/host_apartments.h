// Apartments that the runtime makes itself, for in-process classes whose threading model does not fit their creator's apartment. They
// end with the last apartment of the program.
#pragma once

#include "com/apartment.h"

namespace odc::com {

/// A single-threaded apartment whose thread only serves calls; made on first use.
Ref<Apartment> host_single_threaded();
/// The main apartment, for classes without a threading model: the program's, otherwise the host apartment.
Ref<Apartment> host_main();
/// The multithreaded apartment. The first free-threaded object of a process whose threads are all apartment-threaded brings it along.
Ref<Apartment> host_multithreaded();
/// Ends what the two made, without waiting for it: objects that live there are released on their own threads.
void end_host_apartments();

}  // namespace odc::com
