

def process(delivery):
    return hook(delivery.event, delivery)
