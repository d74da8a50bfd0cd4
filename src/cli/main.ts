console.log("k8sctl");
