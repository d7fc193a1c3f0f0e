namespace SimCse.LocalHost.Worker;

internal sealed class WorkerGoneException() : Exception("The worker ended before it answered.");
